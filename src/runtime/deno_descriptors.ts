// Deno's permissions are asked when a file or a connection is opened. A number that the
// process has opened already needs none (2.9, measured): a sandboxed interpreter could
// read, write, accept and close by it what the program and its neighbours have open, and
// what is typed. So here the ways to make something of such a number are closed. Those of
// `node:fs` need not be, but for standard input: it has a table for each thread.

import { process } from "./builtins.ts";
import { bindingOf, closeOpeners } from "./descriptors.ts";
import type { Refuse } from "./isolation.ts";
import { replace } from "./replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Reflect } = globalThis;
const { apply } = Reflect;

type Handle = Record<string, (this: unknown, ...args: unknown[]) => unknown>;

/** Closes them, in this thread. */
export function closeDescriptors(refuse: Refuse): void {
  closeOpeners(refuse);
  closeTerminal(refuse);
  // Where the class of terminals is, which writes to whatever number it is given.
  const inside = refuse("use the insides of the runtime");
  for (const name of ["binding", "_linkedBinding"]) replace(process, name, inside);
}

/** A terminal can be read by its output, too. It may be written to. */
function closeTerminal(refuse: Refuse): void {
  const terminal = bindingOf("tty_wrap")["TTY"]?.prototype as Handle | undefined;
  if (terminal === undefined) return;
  const { getWindowSize } = terminal;
  const stream = Object.getPrototypeOf(terminal) as Handle;
  const { readStart } = stream;
  if (getWindowSize === undefined || readStart === undefined) {
    throw new Error("Invariant: terminals have a size, and are streams");
  }
  replace(terminal, "setRawMode", refuse("change the terminal"));
  // Where the streams of `process` lead to.
  replace(terminal, "constructor", refuse("use a file descriptor"));
  const refuseToRead = refuse("read standard input");
  replace(stream, "readStart", function (this: unknown, ...args: unknown[]) {
    if (isTerminal(this, getWindowSize)) refuseToRead();
    return apply(readStart, this, args);
  });
}

/** By what it is, not by its prototype, which source can change: only terminals have a size. */
function isTerminal(handle: unknown, getWindowSize: Handle[string]): boolean {
  try {
    apply(getWindowSize, handle, [[0, 0]]);
    return true;
  } catch {
    return false;
  }
}
