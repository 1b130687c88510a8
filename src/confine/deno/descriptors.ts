// Deno asks its permissions when a file or a connection is opened. A number that the process has
// opened already needs none (Deno 2.9, measured): a sandboxed interpreter could read, write, accept
// and close by it what the program and its neighbours have open, and what is typed. So the ways to
// make something of such a number are closed here.

import { process } from "../../runtime/builtins.ts";
import { replace } from "../../runtime/replace.ts";
import { useOwnAlone } from "../file_descriptors.ts";
import type { Refuse } from "../refusals.ts";
import { closeOpeners, closeTerminals } from "../sockets.ts";

/** Closes them, in this thread. */
export function closeDescriptors(refuse: Refuse): void {
  closeOpeners(refuse);
  closeTerminals(refuse);
  useOwnAlone();
  // The insides have the class of terminals, which writes to whatever number it is given.
  const inside = refuse("use the insides of the runtime");
  for (const name of ["binding", "_linkedBinding"]) replace(process, name, inside);
}
