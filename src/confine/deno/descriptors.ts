// Deno's permissions are asked when a file or a connection is opened. A number that the
// process has opened already needs none (2.9, measured): a sandboxed interpreter could
// read, write, accept and close by it what the program and its neighbours have open, and
// what is typed. So here the ways to make something of such a number are closed.

import { process } from "../../runtime/builtins.ts";
import { closeOpeners, closeTerminals } from "../sockets.ts";
import type { Refuse } from "../isolation.ts";
import { useOwnAlone } from "../file_descriptors.ts";
import { replace } from "../../runtime/replace.ts";

/** Closes them, in this thread. */
export function closeDescriptors(refuse: Refuse): void {
  closeOpeners(refuse);
  closeTerminals(refuse);
  useOwnAlone();
  // Where the class of terminals is, which writes to whatever number it is given.
  const inside = refuse("use the insides of the runtime");
  for (const name of ["binding", "_linkedBinding"]) replace(process, name, inside);
}
