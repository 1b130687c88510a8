// What an isolated interpreter on Node does without: the acts in Node's modules and in the native
// classes that these are made of.

import { bindingOf } from "../../runtime/bindings.ts";
import { process } from "../../runtime/builtins.ts";
import { ACTS_OF_MODULES } from "../acts/common.ts";
import { ACTS_OF_BINDINGS, ACTS_OF_CRYPTO, ACTS_OF_PROCESSES } from "../acts/node.ts";
import { closeCodeCaches } from "../code_cache.ts";
import { useOwnAlone } from "../file_descriptors.ts";
import { type Refuse, replaceActs, replaceActsOfModules } from "../refusals.ts";
import { closeOpeners, closeTerminals } from "../sockets.ts";
import { hideResources } from "./async_resources.ts";
import { closeContexts } from "./contexts.ts";
import { guardNativeCalls } from "./native.ts";
import { guardNativeObjects } from "./objects.ts";

/** Takes the acts away, in this thread. */
export function isolateNode(refuse: Refuse): void {
  closeContexts();
  guardNativeObjects();
  closeCodeCaches();
  guardNativeCalls();
  useOwnAlone();
  closeOpeners(refuse);
  replaceActs(bindingOf("crypto"), ACTS_OF_CRYPTO, refuse);
  replaceActs(bindingOf("process_wrap"), ACTS_OF_PROCESSES, refuse);
  hideResources(refuse);
  closeTerminals(refuse);
  replaceActs(process, ACTS_OF_BINDINGS, refuse);
  replaceActsOfModules(ACTS_OF_MODULES, refuse);
}
