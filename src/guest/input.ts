// Standard input of a guest, which lies with the host: nothing of it comes before it is
// asked for, so that there is never more of it here than source reads.

import type { Input } from "../stdio/standard_input.ts";
import type { Wire } from "./wire.ts";

/**
 * The input of this thread's interpreter.
 *
 * @param wireOf Where to ask for it; `undefined`: there is none.
 */
export function inputOf(wireOf: () => Wire | undefined): Input {
  return {
    async read(length) {
      return await wireOf()?.request("read", length).answer ?? null;
    },
    readSync: (length) => wireOf()?.requestSync("read", length) ?? null,
  };
}
