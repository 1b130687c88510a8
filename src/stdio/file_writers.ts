// The functions of `node:fs` that write files, for file descriptors 1 and 2 and the paths that mean
// them.

import { process } from "../runtime/builtins.ts";
import { wrapMethod } from "../runtime/guard.ts";
import { bytesOf, callbackOf, encodingOf, isOptions, partOf, toBytes } from "./file_arguments.ts";
import { streamOf, type Writer, type Writers } from "./target.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Promise, Reflect } = globalThis;
const { apply, get } = Reflect;
const nextTick = process.nextTick.bind(process);

type FileSystem = typeof import("node:fs");
/** Writes what the arguments say, and gives what the function returns. */
type Replacement = (writer: Writer, args: readonly unknown[]) => unknown;

const write: Replacement = (writer, [, data, ...where]) => writePart(writer, data, where);
const writev: Replacement = (writer, [, list]) => writeAll(writer, list);
const writeFile: Replacement = (writer, [, data, options]) => {
  writeText(writer, data, options);
};

/** The functions, each with a twin whose name ends in "Sync". */
const FUNCTIONS: Readonly<Record<string, Replacement>> = {
  write,
  writev,
  writeFile,
  appendFile: writeFile,
};

/** Makes the functions of the file system write to the writers. */
export function replaceFileWriters(fs: FileSystem, writers: Writers): void {
  const { promises } = fs;
  const replace = (owner: object, name: string, replacement: Replacement) =>
    wrapMethod(owner, name, (original, ...args) => {
      const stream = streamOf(args[0]);
      const writer = stream === undefined ? undefined : writers[stream];
      return writer === undefined ? apply(original, owner, args) : replacement(writer, args);
    });
  for (const [name, act] of Object.entries(FUNCTIONS)) {
    replace(fs, `${name}Sync`, act);
    replace(fs, name, (writer, args) => {
      const result = act(writer, args.slice(0, -1));
      const results = result === undefined ? [] : [result, args[1]];
      nextTick(callbackOf(args), null, ...results);
    });
  }
  // Bun has these two there too.
  replace(promises, "write", async (writer, args) => write(writer, args));
  replace(promises, "writev", async (writer, args) => {
    return { bytesWritten: writev(writer, args), buffers: args[1] };
  });
  for (const name of ["writeFile", "appendFile"]) {
    replace(promises, name, (writer, args) => {
      writeFile(writer, args);
      return Promise.resolve();
    });
  }
}

/** Makes a copy to a path that means a stream write to that stream. */
export function replaceFileCopiers(fs: FileSystem, writers: Writers): void {
  const { promises, readFileSync } = fs;
  type Copy = (copy: () => void, args: readonly unknown[]) => unknown;
  const replace = (owner: object, name: string, replacement: Copy) =>
    wrapMethod(owner, name, (original, ...args) => {
      const [from, to] = args;
      const stream = typeof to === "number" ? undefined : streamOf(to);
      const writer = stream === undefined ? undefined : writers[stream];
      // A number is no path, as the original says.
      if (writer === undefined || typeof from === "number") return apply(original, owner, args);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `readFileSync` checks it
      return replacement(() => writer(readFileSync(from as string)), args);
    });
  replace(fs, "copyFileSync", (copy) => copy());
  replace(promises, "copyFile", async (copy) => copy());
  replace(fs, "copyFile", (copy, args) => {
    const done = callbackOf(args);
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
  const part = isOptions(first)
    ? partOf(bytes, get(first, "offset"), get(first, "length"))
    : partOf(bytes, first, second);
  writer(part);
  return part.length;
}

function writeAll(writer: Writer, list: unknown): number {
  let length = 0;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the loop refuses what is no list
  for (const item of list as Iterable<unknown>) length += writePart(writer, item, []);
  return length;
}

function writeText(writer: Writer, data: unknown, options: unknown): number {
  const bytes = toBytes(data, encodingOf(options));
  writer(bytes);
  return bytes.length;
}
