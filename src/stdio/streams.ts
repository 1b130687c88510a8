// `process.stdout`, `process.stderr` and `process.stdin` of an interpreter are streams of this module's
// own. Those of the runtimes lead further than to what they write. On Node they lead to the port by
// which a worker talks to the runtime in the main thread (runtime/node/parent_port.ts). On Bun they
// lead to a writer that no capture sees.

import { builtin, process } from "../runtime/builtins.ts";
import { beforeUse } from "../runtime/deno/modules.ts";
import { globals } from "../runtime/globals.ts";
import { methodOf } from "../runtime/guard.ts";
import type { Input } from "./standard_input.ts";
import type { Writer } from "./target.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Reflect, console } = globalThis;
const { Buffer } = builtin<typeof import("node:buffer")>("node:buffer");
const { fstatSync, writeSync } = builtin<typeof import("node:fs")>("node:fs");
const toBuffer = Buffer.from.bind(Buffer);

/** Whether output is handed to the main thread, which prints it later: so it is with Node's workers. */
export const hasDeferredOutput: boolean = globals.Deno === undefined && globals.Bun === undefined;

/** Writes to a file descriptor of the process at once; throws EAGAIN if the system takes no more now. */
export const writeDescriptor: (descriptor: number, bytes: Uint8Array) => number = writeSync;

/** What the three streams do. */
export interface StandardStreams {
  readonly stdin: Input;
  readonly stdout: Writer;
  readonly stderr: Writer;
  /** Which of them are the process's own, so that they may be terminals. */
  readonly direct: readonly OutputName[];
}

type OutputName = "stdout" | "stderr";
type Done = (error?: Error | null) => void;

interface OutputInfo {
  readonly descriptor: number;
  readonly writer: Writer;
  readonly terminal: TerminalStream | undefined;
}

/** What libraries ask a terminal. */
interface TerminalStream {
  readonly columns?: number;
  readonly rows?: number;
}

/** How many bytes are asked for in one read. */
const CHUNK = 2 ** 16;
/** Methods of terminals that write by `write`, and ask the terminal itself nothing. */
const TERMINAL_METHODS = [
  ...["clearLine", "clearScreenDown", "cursorTo", "moveCursor"],
  ...["getColorDepth", "hasColors"],
];

/** How to get each of the streams, by its descriptor. */
const made: (() => object)[] = [];

/** The stream that has this file descriptor, if it is one of the three. */
export function standardStream(descriptor: unknown): object | undefined {
  const isStandard = descriptor === 0 || descriptor === 1 || descriptor === 2;
  return isStandard ? made[descriptor]?.() : undefined;
}

/** Puts streams of this module's own into the place of the runtime's three. */
export function replaceStreams({ stdin, stdout, stderr, direct }: StandardStreams): void {
  const output = (name: OutputName, descriptor: number, writer: Writer) => {
    const terminal = direct.includes(name) ? terminalOf(name, descriptor) : undefined;
    put(name, descriptor, () => makeOutput({ descriptor, writer, terminal }));
  };
  output("stdout", 1, stdout);
  output("stderr", 2, stderr);
  put("stdin", 0, () => makeInput(stdin));
  if (globals.Deno !== undefined) beforeUse(() => {});
  if (!hasDeferredOutput) return;
  // Node's console takes the streams when it first prints.
  for (const [name, descriptor] of [["_stdout", 1], ["_stderr", 2]] as const) {
    const get = () => standardStream(descriptor);
    Object.defineProperty(console, name, { get, configurable: true });
  }
}

/** Most sources never ask for the streams, so each is made when it is first read. */
function put(name: string, descriptor: number, make: () => object): void {
  let stream: object | undefined;
  const get = () => stream ??= make();
  made[descriptor] = get;
  // Bun 1.4 makes its own stream before it defines another, in 7 ms, but not before it sets one.
  if (globals.Bun !== undefined) Reflect.set(process, name, undefined);
  Object.defineProperty(process, name, { get, configurable: true, enumerable: true });
}

function makeOutput({ descriptor, writer, terminal }: OutputInfo): object {
  const { Writable } = builtin<typeof import("node:stream")>("node:stream");
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Uint8Array, encoding: string, done: Done) {
      try {
        writer(toChunk(chunk, encoding));
      } catch (error) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- streams pass on any error
        done(error as Error);
        return;
      }
      done();
    },
  });
  assign(stream, {
    fd: descriptor,
    _isStdio: true,
    _type: terminal === undefined ? "pipe" : "tty",
    isTTY: terminal !== undefined,
    destroySoon: () => stream.destroy(),
  });
  if (terminal !== undefined) makeTerminal(stream, terminal);
  return stream;
}

/** The runtime's own stream, if it is a terminal; Node's workers never have one. */
function terminalOf(name: OutputName, descriptor: number): TerminalStream | undefined {
  if (hasDeferredOutput || !mayBeTerminal(name, descriptor)) return undefined;
  const { isatty } = builtin<typeof import("node:tty")>("node:tty");
  return isatty(descriptor) ? process[name] : undefined;
}

/** Asks without `node:tty`, which takes Bun 5 ms to load (1.4, measured). */
function mayBeTerminal(name: OutputName, descriptor: number): boolean {
  if (globals.Deno !== undefined) return globals.Deno[name].isTerminal();
  try {
    return fstatSync(descriptor).isCharacterDevice();
  } catch {
    // The program has closed it.
    return false;
  }
}

function makeTerminal(stream: object, terminal: TerminalStream): void {
  const { prototype } = builtin<typeof import("node:tty")>("node:tty").WriteStream;
  for (const name of TERMINAL_METHODS) assign(stream, { [name]: methodOf(prototype, name) });
  Object.defineProperties(stream, {
    columns: { get: () => terminal.columns, configurable: true, enumerable: true },
    rows: { get: () => terminal.rows, configurable: true, enumerable: true },
    getWindowSize: {
      value: () => [terminal.columns, terminal.rows],
      configurable: true,
      writable: true,
    },
  });
}

function toChunk(chunk: string | Uint8Array, encoding: string): string | Uint8Array {
  if (typeof chunk !== "string" || /^utf-?8$/i.test(encoding) || encoding === "buffer") {
    return chunk;
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the stream has checked it
  return toBuffer(chunk, encoding as BufferEncoding);
}

function makeInput(input: Input): object {
  const { Readable } = builtin<typeof import("node:stream")>("node:stream");
  const stream = new Readable({
    highWaterMark: CHUNK,
    read: () => {
      input.read(CHUNK).then(
        (bytes) => void stream.push(bytes === null ? null : toBuffer(bytes)),
        (error: Error) => void stream.destroy(error),
      );
    },
  });
  const itself = () => stream;
  return assign(stream, { fd: 0, _isStdio: true, isTTY: false, ref: itself, unref: itself });
}

function assign(stream: object, properties: Readonly<Record<string, unknown>>): object {
  for (const [name, value] of Object.entries(properties)) {
    Object.defineProperty(stream, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: true,
    });
  }
  return stream;
}
