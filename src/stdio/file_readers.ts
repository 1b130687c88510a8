// The functions of `node:fs` that read: from file descriptor 0 and the paths that mean it.

import { builtin, process } from "../runtime/builtins.ts";
import { bytesOf } from "./file_writers.ts";
import { type Input, readAll, readAllSync } from "./standard_input.ts";
import { define, descriptorOf } from "./target.ts";
import { resemble } from "../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { ArrayBuffer, Number, Reflect } = globalThis;
const { apply } = Reflect;
const { Buffer } = builtin<typeof import("node:buffer")>("node:buffer");
const nextTick = process.nextTick.bind(process);

/** What Node reads at most if it is given no buffer. */
const DEFAULT_LENGTH = 2 ** 14;

type AnyFunction = (...args: unknown[]) => unknown;
type Functions = Record<string, AnyFunction>;
type Replacement = (args: readonly unknown[]) => unknown;

/** Makes the functions of the file system read from the input. */
export function replaceFileReaders(fs: typeof import("node:fs"), input: Input): void {
  const functions = fs as unknown as Functions;
  const promises = fs.promises as unknown as Functions;
  const replace = (owner: Functions, name: string, replacement: Replacement) => {
    const original = owner[name];
    if (original === undefined) return;
    const replaced = (...args: unknown[]): unknown =>
      descriptorOf(args[0]) === 0 ? replacement(args) : apply(original, owner, args);
    resemble(replaced, original);
    define(owner, { [name]: replaced });
  };
  const calledBack = (name: string, read: (args: readonly unknown[]) => Promise<unknown[]>) => {
    replace(functions, name, (args) => {
      const callback = args.at(-1) as AnyFunction;
      read(args.slice(0, -1)).then(
        (results) => nextTick(callback, null, ...results),
        (error) => nextTick(callback, error),
      );
    });
  };
  const fill = async (view: Uint8Array) => copyInto(view, await input.read(view.length));
  const file = async ([, options]: readonly unknown[]) => asAsked(await readAll(input), options);
  const readSync: Replacement = ([, ...where]) => {
    const view = viewOf(where);
    return view.length === 0 ? 0 : copyInto(view, input.readSync(view.length));
  };
  const first = ([, views]: readonly unknown[]) => bytesOf((views as readonly unknown[])[0]);
  replace(functions, "readSync", readSync);
  replace(functions, "readvSync", (args) => readSync([0, first(args)]));
  replace(functions, "readFileSync", ([, options]) => asAsked(readAllSync(input), options));
  calledBack("read", async ([, target, ...where]) => {
    const buffer = bufferOf(target) ?? Buffer.alloc(DEFAULT_LENGTH);
    const view = viewOf([isOptions(target) ? { ...target as object, buffer } : buffer, ...where]);
    return [view.length === 0 ? 0 : await fill(view), buffer];
  });
  calledBack("readv", async (args) => [await fill(first(args)), args[1]]);
  calledBack("readFile", async (args) => [await file(args)]);
  replace(promises, "readFile", file);
  // Bun has these there too.
  replace(promises, "read", async ([, ...where]) => await fill(viewOf(where)));
  replace(promises, "readv", async (args) => ({ bytesRead: await fill(first(args)) }));
}

function viewOf([target, second, length]: readonly unknown[]): Uint8Array {
  const options = (isOptions(target) ? target : isOptions(second) ? second : undefined) as
    | { readonly offset?: number; readonly length?: number }
    | undefined;
  const bytes = bytesOf(bufferOf(target));
  const offset = options === undefined ? Number(second ?? 0) : options.offset ?? 0;
  const most = options === undefined ? length : options.length;
  return bytes.subarray(offset, most == null ? undefined : offset + Number(most));
}

function bufferOf(target: unknown): unknown {
  return isOptions(target) ? (target as { readonly buffer?: unknown }).buffer : target;
}

function isOptions(value: unknown): boolean {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
}

function copyInto(view: Uint8Array, bytes: Uint8Array | null): number {
  if (bytes === null) return 0;
  view.set(bytes);
  return bytes.length;
}

function asAsked(bytes: Uint8Array<ArrayBuffer>, options: unknown): Buffer | string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const encoding = typeof options === "object" && options !== null
    ? (options as { readonly encoding?: unknown }).encoding
    : options;
  return typeof encoding === "string" ? buffer.toString(encoding as BufferEncoding) : buffer;
}
