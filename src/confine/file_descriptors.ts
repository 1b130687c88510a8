// File descriptors are numbers of the whole process. By one that it guesses, source could read,
// write and close what the program, its neighbours or the runtime itself have open. Node 20 and Deno
// 2.9 abort if that is their event loop's (measured). So an isolated interpreter uses by `node:fs`
// what it has opened by `node:fs`, the standard streams, and nothing else.

import { SafeSet } from "../primordials.ts";
import { builtin, process } from "../runtime/builtins.ts";
import { isMethod, isObject, type Method, wrapMethod } from "../runtime/guard.ts";
import { fileHandles } from "./file_handles.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Object, Promise, Reflect, TypeError } = globalThis;
const { apply } = Reflect;
const reject = Promise.reject.bind(Promise);
const nextTick = process.nextTick.bind(process);

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

/** The functions that use a descriptor; each has a twin whose name ends in "Sync". */
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

/** Gives a descriptor up to something else that uses and closes it; `false` if it was not this thread's. */
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
  // A thread that is sandboxed and isolated asks twice.
  if (isDone) return;
  isDone = true;
  const fs = builtin<{ readonly promises: object }>("node:fs");
  const { promises } = fs;
  keepCount(fs);
  for (const [name, use] of Object.entries(USES)) {
    wrapMethod(fs, `${name}Sync`, (original, ...args) => {
      if (isForeign(args[0], use)) throw badDescriptor(name);
      return apply(original, fs, args);
    });
    wrapMethod(fs, name, (original, ...args) => {
      if (!isForeign(args[0], use)) return apply(original, fs, args);
      const callback = args[args.length - 1];
      if (!isMethod(callback)) throw badDescriptor(name);
      nextTick(callback, badDescriptor(name));
      return undefined;
    });
    // Bun has all of them there too, and they take numbers.
    wrapMethod(promises, name, (original, ...args) => {
      const isFile = typeof args[0] !== "number" && typeof args[0] !== "bigint";
      if (!isFile && isForeign(args[0], use)) return reject(badDescriptor(name));
      return apply(original, promises, args);
    });
  }
  closeOwnAlone(fs, promises);
  replaceHandles(fs, promises);
}

/** Puts handles of this module's into the place of the runtime's. */
function replaceHandles(fs: object, promises: object): void {
  const { open, handleOf } = fileHandles(fs);
  wrapMethod(promises, "open", (_, ...args) => open(args));
  for (const name of ["readFile", "writeFile", "appendFile"]) {
    wrapMethod(promises, name, (original, ...args) => {
      const handle = handleOf(args[0]);
      if (handle !== undefined) return handle.use(name, [args[1], args[2]]);
      return apply(original, promises, args);
    });
  }
  for (const name of ["createReadStream", "createWriteStream"]) {
    wrapMethod(fs, name, (original, path, options) => {
      const given: Readonly<Record<string, unknown>> = { ...(isObject(options) ? options : {}) };
      const handle = handleOf(given["fd"]);
      if (handle !== undefined) return handle.use(name, [{ ...given, fd: undefined }]);
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

/** Notes what this thread opens. */
function keepCount(fs: object): void {
  wrapMethod(fs, "openSync", (openSync, ...args) => {
    const fd = apply(openSync, fs, args);
    own.add(fd);
    return fd;
  });
  wrapMethod(fs, "open", (open, ...args) => {
    const last = args.length - 1;
    const callback = args[last];
    if (!isMethod(callback)) return apply(open, fs, args);
    const opened: Method = function (error, fd) {
      if (typeof fd === "number") own.add(fd);
      return apply(callback, this, [error, fd]);
    };
    // By number: source may have replaced methods of arrays, to be told `opened`.
    args[last] = opened;
    return apply(open, fs, args);
  });
}

/** Closes what this thread has opened, and nothing else. */
function closeOwnAlone(fs: object, promises: object): void {
  wrapMethod(fs, "closeSync", (closeSync, ...args) => {
    if (typeof args[0] !== "number") throw noNumber();
    if (!own.delete(args[0])) throw badDescriptor("close");
    return apply(closeSync, fs, args);
  });
  wrapMethod(fs, "close", (close, ...args) => {
    const [fd, callback] = args;
    if (typeof fd !== "number") throw noNumber();
    if (own.delete(fd)) return apply(close, fs, args);
    // Source need not give one.
    if (!isMethod(callback)) throw badDescriptor("close");
    nextTick(callback, badDescriptor("close"));
    return undefined;
  });
  // Bun has it there too.
  wrapMethod(promises, "close", (close, ...args) => {
    if (!own.delete(args[0])) return reject(badDescriptor("close"));
    return apply(close, promises, args);
  });
}

/** What the runtimes throw for a number that nobody has open. */
function badDescriptor(name: string): Error {
  const error = new Error(`EBADF: bad file descriptor, ${name}`);
  return Object.assign(error, { errno: BADF, code: "EBADF", syscall: name });
}
