// Standard input of a guest. The host has it, and sends nothing before it is asked: there is
// never more of it here than source reads.

import type { Input } from "../stdio/standard_input.ts";
import type { Wire } from "./wire.ts";

/**
 * The input of this thread's interpreter.
 *
 * @param wireOf The wire to ask by; `undefined` if the interpreter has no input.
 */
export function inputOf(wireOf: () => Wire | undefined): Input {
  return {
    async read(length) {
      return await wireOf()?.request("read", length).answer ?? null;
    },
    readSync: (length) => wireOf()?.requestSync("read", length) ?? null,
  };
}
