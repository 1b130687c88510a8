// Sockets and terminals that are made of a number. Whoever has the number of something that the
// process has open could read, write and close it (file_descriptors.ts). So an isolated
// interpreter makes none.

import { bindingOf } from "../runtime/bindings.ts";
import { replace } from "../runtime/replace.ts";
import { guardTerminals } from "../stdio/terminals.ts";
import type { Refuse } from "./refusals.ts";

/** The native classes behind `node:net` and `node:dgram`, by their bindings. */
const OPENERS = [["pipe_wrap", "Pipe"], ["tcp_wrap", "TCP"], ["udp_wrap", "UDP"]] as const;
const USE = "use a file descriptor";

/** Refuses to make a socket of a number. */
export function closeOpeners(refuse: Refuse): void {
  for (const [binding, name] of OPENERS) {
    const prototype = bindingOf(binding)[name]?.prototype;
    if (prototype !== undefined) replace(prototype, "open", refuse(USE));
  }
}

/**
 * Lets `node:tty` make nothing of a number but the three standard streams, which are this
 * thread's own.
 */
export function closeTerminals(refuse: Refuse): void {
  const terminal = bindingOf("tty_wrap")["TTY"]?.prototype;
  if (terminal !== undefined) replace(terminal, "constructor", refuse(USE));
  guardTerminals(refuse(USE));
}
