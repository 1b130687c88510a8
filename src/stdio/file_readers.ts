// The functions of `node:fs` that read files, for file descriptor 0 and the paths that mean it.

import { builtin, process } from "../runtime/builtins.ts";
import { wrapMethod } from "../runtime/guard.ts";
import { bytesOf, callbackOf, encodingOf, isOptions, partOf } from "./file_arguments.ts";
import { type Input, readAll, readAllSync } from "./standard_input.ts";
import { descriptorOf } from "./target.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Reflect } = globalThis;
const { apply, get } = Reflect;
const { Buffer } = builtin<typeof import("node:buffer")>("node:buffer");
const nextTick = process.nextTick.bind(process);

/** What Node reads at most if it is given no buffer. */
const DEFAULT_LENGTH = 2 ** 14;

type Replacement = (args: readonly unknown[]) => unknown;

/** Makes the functions of the file system read from the input. */
export function replaceFileReaders(fs: typeof import("node:fs"), input: Input): void {
  const { promises } = fs;
  const replace = (owner: object, name: string, replacement: Replacement) =>
    wrapMethod(
      owner,
      name,
      (original, ...args) =>
        descriptorOf(args[0]) === 0 ? replacement(args) : apply(original, owner, args),
    );
  const calledBack = (name: string, read: (args: readonly unknown[]) => Promise<unknown[]>) => {
    replace(fs, name, (args) => {
      const callback = callbackOf(args);
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
  const first = ([, views]: readonly unknown[]) =>
    bytesOf(Array.isArray(views) ? views[0] : undefined);
  replace(fs, "readSync", readSync);
  replace(fs, "readvSync", (args) => readSync([0, first(args)]));
  replace(fs, "readFileSync", ([, options]) => asAsked(readAllSync(input), options));
  calledBack("read", async ([, target, ...where]) => {
    const buffer = bufferOf(target) ?? Buffer.alloc(DEFAULT_LENGTH);
    const view = viewOf([isOptions(target) ? { ...target, buffer } : buffer, ...where]);
    return [view.length === 0 ? 0 : await fill(view), buffer];
  });
  calledBack("readv", async (args) => [await fill(first(args)), args[1]]);
  calledBack("readFile", async (args) => [await file(args)]);
  replace(promises, "readFile", file);
  // Bun has these there too.
  replace(promises, "read", async ([, ...where]) => await fill(viewOf(where)));
  replace(promises, "readv", async (args) => ({ bytesRead: await fill(first(args)) }));
}

/** The part of a buffer that is to be filled; options say it, or further arguments. */
function viewOf([target, second, length]: readonly unknown[]): Uint8Array {
  const bytes = bytesOf(bufferOf(target));
  const options = isOptions(target) ? target : isOptions(second) ? second : undefined;
  return options === undefined
    ? partOf(bytes, second, length)
    : partOf(bytes, get(options, "offset"), get(options, "length"));
}

function bufferOf(target: unknown): unknown {
  return isOptions(target) ? get(target, "buffer") : target;
}

function copyInto(view: Uint8Array, bytes: Uint8Array | null): number {
  if (bytes === null) return 0;
  view.set(bytes);
  return bytes.length;
}

/** A buffer, or text if there is an encoding. */
function asAsked(bytes: Uint8Array<ArrayBuffer>, options: unknown): Buffer | string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const encoding = encodingOf(options);
  return encoding === undefined ? buffer : buffer.toString(encoding);
}
