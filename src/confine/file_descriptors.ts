// File descriptors are numbers of the whole process: by one that it guesses, source could
// read, write and close what the program, its neighbours or the runtime itself have open,
// and Node and Deno abort if that is their event loop's (measured). So an isolated
// interpreter uses by `node:fs` what it has opened by it, the standard streams, and nothing else.

import { SafeSet } from "../primordials.ts";
import { builtin, process } from "../runtime/builtins.ts";
import { fileHandles } from "./file_handles.ts";
import { replace, resemble } from "../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Object, Promise, Reflect, TypeError } = globalThis;
const { apply } = Reflect;
const reject = Promise.reject.bind(Promise);
const nextTick = process.nextTick.bind(process);

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Functions = Record<string, AnyFunction | undefined>;

/** What the functions take as their first argument: always a descriptor, or a path too. */
type Takes = "descriptor" | "either";
interface Use {
  readonly takes: Takes;
  /** The standard streams that it may be used on. */
  readonly standard: readonly number[];
}

const BADF = -9;
const INPUT = [0];
const OUTPUT = [1, 2];
const ALL = [0, 1, 2];

/** The functions that use a descriptor, each with a twin whose name ends in "Sync". */
const USES: Readonly<Record<string, Use>> = {
  read: { takes: "descriptor", standard: INPUT },
  readv: { takes: "descriptor", standard: INPUT },
  readFile: { takes: "either", standard: INPUT },
  write: { takes: "descriptor", standard: OUTPUT },
  writev: { takes: "descriptor", standard: OUTPUT },
  writeFile: { takes: "either", standard: OUTPUT },
  appendFile: { takes: "either", standard: OUTPUT },
  fstat: { takes: "descriptor", standard: ALL },
  fsync: { takes: "descriptor", standard: ALL },
  fdatasync: { takes: "descriptor", standard: ALL },
  ftruncate: { takes: "descriptor", standard: [] },
  truncate: { takes: "either", standard: [] },
  fchmod: { takes: "descriptor", standard: [] },
  fchown: { takes: "descriptor", standard: [] },
  futimes: { takes: "descriptor", standard: [] },
};

/** Descriptors that this thread has opened by `node:fs`, and not closed. */
const own: { delete(fd: unknown): boolean; has(fd: unknown): boolean; add(fd: unknown): unknown } =
  new SafeSet<unknown>();

/** Whether this thread had opened it; from now on something else uses and closes what has that number. */
export function giveUpOwn(fd: unknown): boolean {
  return own.delete(fd);
}

let isDone = false;

/** Whether this thread has opened what has that number. */
export function isOwn(fd: unknown): boolean {
  return own.has(fd);
}

/** Lets `node:fs` use what this thread has opened by it, and nothing else. */
export function useOwnAlone(): void {
  // Sandboxed and isolated, it would be told twice.
  if (isDone) return;
  isDone = true;
  const fs = builtin<Functions>("node:fs");
  const promises = fs["promises"] as unknown as Functions;
  keepCount(fs);
  for (const [name, use] of Object.entries(USES)) {
    wrap(fs, `${name}Sync`, (original, args) => {
      if (isForeign(args[0], use)) throw badDescriptor(name);
      return apply(original, fs, args);
    });
    wrap(fs, name, (original, args) => {
      if (!isForeign(args[0], use)) return apply(original, fs, args);
      const callback = args[args.length - 1];
      if (typeof callback !== "function") throw badDescriptor(name);
      nextTick(callback as AnyFunction, badDescriptor(name));
      return undefined;
    });
    // Bun has all of them there too, and they take numbers.
    wrap(promises, name, (original, args) => {
      const isFile = typeof args[0] !== "number" && typeof args[0] !== "bigint";
      if (!isFile && isForeign(args[0], use)) return reject(badDescriptor(name));
      return apply(original, promises, args);
    });
  }
  closeOwnAlone(fs, promises);
  replaceHandles(fs, promises);
}

/** Puts handles of this module's into the place of the runtime's. */
function replaceHandles(fs: Functions, promises: Functions): void {
  const { open, handleOf } = fileHandles(fs);
  wrap(promises, "open", (_, args) => open(args));
  for (const name of ["readFile", "writeFile", "appendFile"]) {
    wrap(promises, name, (original, args) => {
      const handle = handleOf(args[0]);
      if (handle !== undefined) return apply(handle[name]!, handle, [args[1], args[2]]);
      return apply(original, promises, args);
    });
  }
  for (const name of ["createReadStream", "createWriteStream"]) {
    wrap(fs, name, (original, [path, options]) => {
      const given = { ...options as { readonly fd?: unknown } };
      const { fd } = given;
      const handle = handleOf(fd);
      if (handle !== undefined) return apply(handle[name]!, handle, [{ ...given, fd: undefined }]);
      return apply(original, fs, [path, typeof options === "string" ? options : given]);
    });
  }
}

function isForeign(fd: unknown, { takes, standard }: Use): boolean {
  if (typeof fd === "number") {
    for (let i = 0; i < standard.length; i++) if (standard[i] === fd) return false;
    return !isOwn(fd);
  }
  if (takes === "either" && typeof fd !== "bigint") return false;
  throw noNumber();
}

function noNumber(): Error {
  const error = new TypeError('The "fd" argument must be of type number');
  return Object.assign(error, { code: "ERR_INVALID_ARG_TYPE" });
}

function keepCount(fs: Functions): void {
  wrap(fs, "openSync", (openSync, args) => {
    const fd = apply(openSync, fs, args);
    own.add(fd);
    return fd;
  });
  wrap(fs, "open", (open, args) => {
    const last = args.length - 1;
    const callback = args[last];
    if (typeof callback !== "function") return apply(open, fs, args);
    const opened: AnyFunction = function (error, fd) {
      if (typeof fd === "number") own.add(fd);
      return apply(callback as AnyFunction, this, [error, fd]);
    };
    // Nothing that calls a method of arrays: source may have replaced it, to be told `opened`.
    args[last] = opened;
    return apply(open, fs, args);
  });
}

function closeOwnAlone(fs: Functions, promises: Functions): void {
  wrap(fs, "closeSync", (closeSync, args) => {
    if (typeof args[0] !== "number") throw noNumber();
    if (!own.delete(args[0])) throw badDescriptor("close");
    return apply(closeSync, fs, args);
  });
  wrap(fs, "close", (close, args) => {
    const [fd, callback] = args;
    if (typeof fd !== "number") throw noNumber();
    if (own.delete(fd)) return apply(close, fs, args);
    // Nobody need give one.
    if (typeof callback !== "function") throw badDescriptor("close");
    nextTick(callback as AnyFunction, badDescriptor("close"));
    return undefined;
  });
  // Bun has it there too.
  wrap(promises, "close", (close, args) => {
    if (!own.delete(args[0])) return reject(badDescriptor("close"));
    return apply(close, promises, args);
  });
}

function wrap(
  owner: Functions,
  name: string,
  replacement: (original: AnyFunction, args: unknown[]) => unknown,
): void {
  const original = owner[name];
  if (original === undefined) return;
  const wrapped = (...args: unknown[]) => replacement(original, args);
  resemble(wrapped, original);
  replace(owner, name, wrapped);
}

/** As the runtimes say it of a number that nobody has open. */
function badDescriptor(name: string): Error {
  const error = new Error(`EBADF: bad file descriptor, ${name}`);
  return Object.assign(error, { errno: BADF, code: "EBADF", syscall: name });
}
