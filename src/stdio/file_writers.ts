// The functions of `node:fs` that write: to file descriptors 1 and 2, and to the paths
// that mean them.

import { builtin, process } from "../runtime/builtins.ts";
import { define, streamOf, type Writer, type Writers } from "./target.ts";
import { resemble } from "../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { ArrayBuffer, Object, Promise, Reflect, String, Uint8Array } = globalThis;
const { apply } = Reflect;
const nextTick = process.nextTick.bind(process);
const { Buffer } = builtin<typeof import("node:buffer")>("node:buffer");
const toBuffer = Buffer.from.bind(Buffer);

type FileSystem = typeof import("node:fs");
type AnyFunction = (...args: unknown[]) => unknown;
/** Writes what the arguments say, and gives what the function returns. */
type Replacement = (writer: Writer, args: readonly unknown[]) => unknown;

const SYNCHRONOUS: Readonly<Record<string, Replacement>> = {
  writeSync: (writer, [, data, ...where]) => writePart(writer, data, where),
  writevSync: (writer, [, list]) => writeAll(writer, list),
  writeFileSync: (writer, [, data, options]) => void writeText(writer, data, options),
  appendFileSync: (writer, [, data, options]) => void writeText(writer, data, options),
};

/** The same with a callback; what it gets besides the result. */
const ASYNCHRONOUS: Readonly<Record<string, keyof typeof SYNCHRONOUS>> = {
  write: "writeSync",
  writev: "writevSync",
  writeFile: "writeFileSync",
  appendFile: "appendFileSync",
};

/** The same with a promise. */
const BUN_PROMISED: Readonly<Record<string, keyof typeof SYNCHRONOUS>> = {
  write: "writeSync",
  writev: "writevSync",
};

/** Makes the functions of the file system write to the writers. */
export function replaceFileWriters(fs: FileSystem, writers: Writers): void {
  const functions = fs as unknown as Record<string, AnyFunction>;
  const promises = fs.promises as unknown as Record<string, AnyFunction>;
  const replace = (owner: Record<string, AnyFunction>, name: string, replacement: Replacement) => {
    const original = owner[name]!;
    const replaced = (...args: unknown[]): unknown => {
      const stream = streamOf(args[0]);
      const writer = stream === undefined ? undefined : writers[stream];
      return writer === undefined ? apply(original, owner, args) : replacement(writer, args);
    };
    resemble(replaced, original);
    define(owner, { [name]: replaced });
  };
  for (const [name, replacement] of Object.entries(SYNCHRONOUS)) {
    replace(functions, name, replacement);
  }
  for (const [name, twin] of Object.entries(ASYNCHRONOUS)) {
    const write = SYNCHRONOUS[twin]!;
    replace(functions, name, (writer, args) => {
      const result = write(writer, args.slice(0, -1));
      nextTick(
        args.at(-1) as AnyFunction,
        null,
        ...(result === undefined ? [] : [result, args[1]]),
      );
    });
  }
  // Bun has these there too.
  for (const [name, twin] of Object.entries(BUN_PROMISED)) {
    if (promises[name] === undefined) continue;
    replace(promises, name, async (writer, args) => {
      const bytesWritten = SYNCHRONOUS[twin]!(writer, args);
      return name === "write" ? bytesWritten : { bytesWritten, buffers: args[1] };
    });
  }
  for (const name of ["writeFile", "appendFile"]) {
    replace(promises, name, (writer, [, data, options]) => {
      writeText(writer, data, options);
      return Promise.resolve();
    });
  }
}

/** A copy to a path that means a stream is written to that. */
export function replaceFileCopiers(fs: FileSystem, writers: Writers): void {
  const functions = fs as unknown as Record<string, AnyFunction>;
  const promises = fs.promises as unknown as Record<string, AnyFunction>;
  const { readFileSync } = fs;
  type Copy = (copy: () => void, args: readonly unknown[]) => unknown;
  const replace = (owner: Record<string, AnyFunction>, name: string, replacement: Copy) => {
    const original = owner[name]!;
    const replaced = (...args: unknown[]): unknown => {
      const [from, to] = args;
      const stream = typeof to === "number" ? undefined : streamOf(to);
      const writer = stream === undefined ? undefined : writers[stream];
      // A number is no path, as the original says.
      if (writer === undefined || typeof from === "number") return apply(original, owner, args);
      return replacement(() => writer(readFileSync(from as string)), args);
    };
    resemble(replaced, original);
    define(owner, { [name]: replaced });
  };
  replace(functions, "copyFileSync", (copy) => copy());
  replace(promises, "copyFile", async (copy) => copy());
  replace(functions, "copyFile", (copy, args) => {
    const done = args.at(-1) as AnyFunction;
    try {
      copy();
    } catch (error) {
      nextTick(done, error);
      return;
    }
    nextTick(done, null);
  });
}

function writePart(writer: Writer, data: unknown, [first, second]: readonly unknown[]): number {
  if (typeof data === "string") return writeText(writer, data, second);
  const bytes = bytesOf(data);
  const { offset = 0, length } = typeof first === "object" && first !== null
    ? first as { offset?: number; length?: number }
    : { offset: (first ?? 0) as number, length: second as number | undefined };
  const part = bytes.subarray(offset, length == null ? undefined : offset + length);
  writer(part);
  return part.length;
}

function writeAll(writer: Writer, list: unknown): number {
  let length = 0;
  for (const item of list as Iterable<unknown>) length += writePart(writer, item, []);
  return length;
}

function writeText(writer: Writer, data: unknown, options: unknown): number {
  const encoding = typeof options === "object" && options !== null
    ? (options as { encoding?: unknown }).encoding
    : options;
  const bytes = typeof data === "string" && typeof encoding === "string"
    ? toBuffer(data, encoding as BufferEncoding)
    : bytesOf(data);
  writer(bytes);
  return bytes.length;
}

/** The bytes of what can be written: views, buffers, and anything else as text. */
export function bytesOf(data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) {
    const { buffer, byteOffset, byteLength } = data as DataView;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
  return toBuffer(String(data));
}
