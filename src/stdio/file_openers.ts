// The functions of `node:fs` that open files. The path of a standard stream gives the number of that
// stream, which all other functions know, and not a new number that leads past them.

import { InterpreterError } from "../errors.ts";
import { process } from "../runtime/builtins.ts";
import { isMethod, wrapMethod } from "../runtime/guard.ts";
import { callbackOf } from "./file_arguments.ts";
import { descriptorOf, type StandardDescriptor } from "./target.ts";

// Taken now: source may declare names of its own that hide these.
const { Promise, Reflect } = globalThis;
const { apply } = Reflect;
const nextTick = process.nextTick.bind(process);
const reject = Promise.reject.bind(Promise);

/** Which calls are meant, and what is done instead of them. */
interface Replacement {
  readonly isMeant: (descriptor: StandardDescriptor, target: unknown) => boolean;
  readonly act: (descriptor: StandardDescriptor, args: readonly unknown[]) => unknown;
}

/** Makes these standard streams open and close without the system. */
export function replaceFileOpeners(
  fs: typeof import("node:fs"),
  descriptors: readonly StandardDescriptor[],
): void {
  const { promises } = fs;
  /** How often each has been opened and not been closed. */
  const opened = { 0: 0, 1: 0, 2: 0 };
  const wrap = (owner: object, name: string, { isMeant, act }: Replacement) =>
    wrapMethod(owner, name, (original, ...args) => {
      const descriptor = descriptorOf(args[0]);
      return descriptor !== undefined && isMeant(descriptor, args[0])
        ? act(descriptor, args)
        : apply(original, owner, args);
    });
  const isPath = (descriptor: StandardDescriptor, target: unknown) =>
    typeof target !== "number" && descriptors.includes(descriptor);
  const isOpen = (descriptor: StandardDescriptor, target: unknown) =>
    typeof target === "number" && opened[descriptor] > 0;
  const open = (descriptor: StandardDescriptor) => {
    opened[descriptor]++;
    return descriptor;
  };
  const close = (descriptor: StandardDescriptor) => void opened[descriptor]--;
  const refuse = () =>
    reject(
      new InterpreterError(
        "Cannot open a standard stream by its path: this interpreter has streams of its own; use those of process",
      ),
    );
  wrap(fs, "openSync", { isMeant: isPath, act: open });
  wrap(fs, "open", {
    isMeant: isPath,
    act: (descriptor, args) => {
      nextTick(callbackOf(args), null, open(descriptor));
    },
  });
  wrap(fs, "closeSync", { isMeant: isOpen, act: close });
  wrap(fs, "close", {
    isMeant: isOpen,
    act: (descriptor, args) => {
      close(descriptor);
      const callback = args[1];
      if (isMethod(callback)) nextTick(callback, null);
    },
  });
  wrap(promises, "open", { isMeant: isPath, act: refuse });
  // Bun has `close` there too.
  wrap(promises, "close", {
    isMeant: isOpen,
    act: (descriptor) => Promise.resolve(close(descriptor)),
  });
}
