// `process.stdout` and `process.stderr`: made to write at once, down to the lowest method
// that source can reach.

import { builtin, process } from "./builtins.ts";
import { define, type Writer, type Writers } from "./output_target.ts";
import { globals } from "./globals.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, TypeError, Uint8Array } = globalThis;
const nextTick = process.nextTick.bind(process);
const { Buffer } = builtin<typeof import("node:buffer")>("node:buffer");
const toBuffer = Buffer.from.bind(Buffer);

/** Node's workers hand output to the main thread, which prints it whenever it gets round to it. */
export const hasDeferredOutput: boolean = globals.Deno === undefined && globals.Bun === undefined;

/** Writes to a file descriptor of the process at once; throws EAGAIN if it cannot. */
export const writeDescriptor: (descriptor: number, bytes: Uint8Array) => number =
  builtin<typeof import("node:fs")>("node:fs").writeSync;

/** Makes `process.stdout` and `process.stderr` write at once, and nothing else. */
export function replaceStreams({ stdout, stderr }: Writers): void {
  if (stdout !== undefined) replaceStream(process.stdout, stdout);
  if (stderr !== undefined) replaceStream(process.stderr, stderr);
  if (hasDeferredOutput) hideWorkerStreams();
}

/** Node's workers have a class of their own for these streams, whose methods reach the main thread. */
function hideWorkerStreams(): void {
  const streams = [process.stdout, process.stderr] as unknown as Lowest[];
  const [prototype] = streams.map((stream) => Object.getPrototypeOf(stream) as Lowest);
  const lowest = streams.map((stream) => ({ _write: stream._write, _writev: stream._writev }));
  for (const name of ["_write", "_writev"] as const) {
    define(prototype!, {
      [name](this: Lowest, ...args: unknown[]): unknown {
        return lowest[streams.indexOf(this)]?.[name](...args);
      },
    });
  }
}

type Done = (error?: Error | null) => void;
interface Chunk {
  readonly chunk: unknown;
  readonly encoding: unknown;
}
type Lowest = Record<"_write" | "_writev", (...args: unknown[]) => unknown>;

function replaceStream(stream: NodeJS.WriteStream, writer: Writer): void {
  const write = (chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
    writer(toChunk(chunk, encoding));
    const callback = typeof encoding === "function" ? encoding : done;
    if (typeof callback === "function") nextTick(callback as Done);
    return true;
  };
  const _write = (chunk: unknown, encoding: unknown, done: Done) =>
    void write(chunk, encoding, done);
  const _writev = (chunks: readonly Chunk[], done: Done) => {
    for (const { chunk, encoding } of chunks) write(chunk, encoding);
    nextTick(done);
  };
  define(stream, { write, _write, _writev, isTTY: false });
}

function toChunk(chunk: unknown, encoding: unknown): string | Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk !== "string") {
    throw new TypeError("Cannot write: the chunk must be a string or a Uint8Array");
  }
  if (typeof encoding !== "string" || /^utf-?8$/i.test(encoding) || encoding === "buffer") {
    return chunk;
  }
  return toBuffer(chunk, encoding as BufferEncoding);
}
