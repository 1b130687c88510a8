// File descriptors are numbers of the whole process: by one that it guesses, source could
// close what the program, its neighbours or the runtime itself have open, and Node and Deno
// abort if that is their event loop's (measured). So an isolated interpreter closes what it
// has opened itself, and makes no socket of a number. Deno's `node:fs` needs no care: it has
// a table for each thread.

import { SafeSet } from "../primordials.ts";
import { builtin, process } from "./builtins.ts";
import type { Refuse } from "./isolation.ts";
import { replace, resemble } from "./replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Object, Promise, Proxy, Reflect } = globalThis;
const { apply, construct } = Reflect;
const reject = Promise.reject.bind(Promise);
const nextTick = process.nextTick.bind(process);

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Binding = Readonly<Record<string, { readonly prototype: object } | undefined>>;
interface ProcessInside {
  noDeprecation?: boolean;
  binding(name: string): Binding;
}

/** What `node:net` and `node:dgram` are made of. */
const OPENERS = [["pipe_wrap", "Pipe"], ["tcp_wrap", "TCP"], ["udp_wrap", "UDP"]] as const;
const USE = "use a file descriptor";
const STDERR = 2;
const EBADF = -9;

/** Lets `node:fs` close what this thread has opened by it, and nothing else. */
export function closeOwnAlone(): void {
  const fs = builtin<Record<string, AnyFunction>>("node:fs");
  const own = new SafeSet<unknown>();
  const isForeign = (fd: unknown) => typeof fd === "number" && !own.delete(fd);
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
  wrap(fs, "closeSync", (closeSync, args) => {
    if (isForeign(args[0])) throw badDescriptor();
    return apply(closeSync, fs, args);
  });
  wrap(fs, "close", (close, args) => {
    const [fd, callback] = args;
    if (!isForeign(fd)) return apply(close, fs, args);
    // Nobody need give one.
    if (typeof callback !== "function") throw badDescriptor();
    nextTick(callback as AnyFunction, badDescriptor());
    return undefined;
  });
  // Bun has the rest of `node:fs` there too.
  const promises = fs["promises"] as unknown as Record<string, AnyFunction>;
  if (promises["close"] === undefined) return;
  wrap(promises, "close", (close, args) => {
    if (isForeign(args[0])) return reject(badDescriptor());
    return apply(close, promises, args);
  });
}

/** Refuses to make a socket of a number. */
export function closeOpeners(refuse: Refuse): void {
  for (const [binding, name] of OPENERS) {
    const prototype = bindingOf(binding)[name]?.prototype;
    if (prototype !== undefined) replace(prototype, "open", refuse(USE));
  }
}

/** Lets `node:tty` make streams of the process's three standard ones alone. */
export function closeTerminals(refuse: Refuse): void {
  const terminal = bindingOf("tty_wrap")["TTY"]?.prototype;
  if (terminal !== undefined) replace(terminal, "constructor", refuse(USE));
  const tty = builtin<Record<string, { readonly prototype: object }>>("node:tty");
  const refuseNow = refuse(USE);
  const check = (fd: unknown) => {
    if (typeof fd === "number" && fd > STDERR) refuseNow();
  };
  for (const name of ["ReadStream", "WriteStream"]) {
    const original = tty[name]!;
    const guarded = new Proxy(original, {
      apply(target, self, args) {
        check(args[0]);
        return apply(target as unknown as AnyFunction, self, args);
      },
      construct(target, args, newTarget) {
        check(args[0]);
        return construct(target as unknown as AnyFunction, args, newTarget) as object;
      },
    });
    replace(tty, name, guarded);
    replace(original.prototype, "constructor", guarded);
  }
}

/** What the runtime has of Node's insides; nothing, if it does not have that. */
export function bindingOf(name: string): Binding {
  const inside = process as unknown as ProcessInside;
  const { noDeprecation } = inside;
  // The warning is for those who use more of it than a prototype.
  inside.noDeprecation = true;
  try {
    return inside.binding(name);
  } catch {
    return {};
  } finally {
    if (noDeprecation === undefined) Reflect.deleteProperty(inside, "noDeprecation");
    else inside.noDeprecation = noDeprecation;
  }
}

function wrap(
  fs: Record<string, AnyFunction>,
  name: string,
  replacement: (original: AnyFunction, args: unknown[]) => unknown,
): void {
  const original = fs[name]!;
  const wrapped = (...args: unknown[]) => replacement(original, args);
  resemble(wrapped, original);
  replace(fs, name, wrapped);
}

/** As the runtimes say it of a number that nobody has open. */
function badDescriptor(): Error {
  const error = new Error("EBADF: bad file descriptor, close");
  return Object.assign(error, { errno: EBADF, code: "EBADF", syscall: "close" });
}
