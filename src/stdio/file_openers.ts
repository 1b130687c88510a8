// The functions of `node:fs` that open: the path of a standard stream gives its number,
// which all others know, and not a new one that leads past what they do.

import { InterpreterError } from "../errors.ts";
import { process } from "../runtime/builtins.ts";
import { define, descriptorOf, type StandardDescriptor } from "./target.ts";
import { resemble } from "../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Promise, Reflect } = globalThis;
const { apply } = Reflect;
const nextTick = process.nextTick.bind(process);
const reject = Promise.reject.bind(Promise);

type AnyFunction = (...args: unknown[]) => unknown;
type Functions = Record<string, AnyFunction>;
type Replacement = (descriptor: StandardDescriptor, args: readonly unknown[]) => unknown;

/** Makes these standard streams open and close without the system. */
export function replaceFileOpeners(
  fs: typeof import("node:fs"),
  descriptors: readonly StandardDescriptor[],
): void {
  const functions = fs as unknown as Functions;
  const promises = fs.promises as unknown as Functions;
  /** How often each has been opened and not been closed. */
  const opened = [0, 0, 0];
  const wrap = (
    owner: Functions,
    name: string,
    { isMeant, replacement }: {
      readonly isMeant: (descriptor: StandardDescriptor, target: unknown) => boolean;
      readonly replacement: Replacement;
    },
  ) => {
    const original = owner[name];
    if (original === undefined) return;
    const replaced = (...args: unknown[]): unknown => {
      const descriptor = descriptorOf(args[0]);
      return descriptor !== undefined && isMeant(descriptor, args[0])
        ? replacement(descriptor, args)
        : apply(original, owner, args);
    };
    resemble(replaced, original);
    define(owner, { [name]: replaced });
  };
  const isPath = (descriptor: StandardDescriptor, target: unknown) =>
    typeof target !== "number" && descriptors.includes(descriptor);
  const isOpen = (descriptor: StandardDescriptor, target: unknown) =>
    typeof target === "number" && opened[descriptor]! > 0;
  const open = (descriptor: StandardDescriptor) => {
    opened[descriptor]!++;
    return descriptor;
  };
  const close = (descriptor: StandardDescriptor) => void opened[descriptor]!--;
  const refuse: Replacement = () =>
    reject(
      new InterpreterError(
        "Cannot open a standard stream by its path: this interpreter has streams of its own; use those of process",
      ),
    );
  wrap(functions, "openSync", { isMeant: isPath, replacement: open });
  wrap(functions, "open", {
    isMeant: isPath,
    replacement: (descriptor, args) => {
      nextTick(args.at(-1) as AnyFunction, null, open(descriptor));
    },
  });
  wrap(functions, "closeSync", { isMeant: isOpen, replacement: close });
  wrap(functions, "close", {
    isMeant: isOpen,
    replacement: (descriptor, args) => {
      close(descriptor);
      if (typeof args[1] === "function") nextTick(args[1] as AnyFunction, null);
    },
  });
  wrap(promises, "open", { isMeant: isPath, replacement: refuse });
  // Bun has it there too.
  wrap(promises, "close", {
    isMeant: isOpen,
    replacement: (descriptor) => Promise.resolve(close(descriptor)),
  });
}
