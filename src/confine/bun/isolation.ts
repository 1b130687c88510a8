// What an isolated interpreter on Bun does without: `Bun`'s own acts, and those of its modules.

import type { BunNamespace } from "../../runtime/globals.ts";
import { ACTS_OF_BUN, MODULES_OF_BUN } from "../acts/bun.ts";
import { closeCodeCaches } from "../code_cache.ts";
import { useOwnAlone } from "../file_descriptors.ts";
import { type Refuse, replaceActs, replaceActsOfModules } from "../refusals.ts";
import { closeTerminals } from "../sockets.ts";
import { protectBindings } from "./bindings.ts";
import { closeContexts } from "./contexts.ts";
import { closeDescriptors } from "./descriptors.ts";

/** Takes the acts away, in this thread. */
export function isolateBun(bun: BunNamespace, refuse: Refuse): void {
  closeContexts();
  closeCodeCaches();
  useOwnAlone();
  replaceActs(bun, ACTS_OF_BUN, refuse);
  closeDescriptors(bun, refuse);
  closeTerminals(refuse);
  protectBindings(refuse);
  replaceActsOfModules(MODULES_OF_BUN, refuse);
}
