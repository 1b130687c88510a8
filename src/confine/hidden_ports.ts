// Ports that source could get hold of in the runtime's own lists: the module's port, and the one by
// which a worker talks to its parent. Node's main thread trusts what comes by that one. Nobody
// listens to what source posts there, so it would only fill the memory of the process.

import { builtin, process } from "../runtime/builtins.ts";
import { globals } from "../runtime/globals.ts";
import { pin } from "../runtime/port.ts";

// Taken now: source may declare names of its own that hide these.
const { MessagePort, Object, Reflect, globalThis: scope } = globalThis;

interface AsyncHooks {
  executionAsyncResource(): object;
}

/** Hides the ports of this thread. */
export function hidePorts(): void {
  hideParent();
  if (globals.Deno !== undefined || globals.Bun !== undefined) return;
  const listHandles: () => unknown[] = Reflect.get(process, "_getActiveHandles");
  for (const handle of Reflect.apply(listHandles, process, [])) {
    if (handle instanceof MessagePort) pin(handle);
  }
  Object.defineProperty(process, "_getActiveHandles", {
    value: () => [],
    writable: true,
    configurable: true,
  });
  // While something that arrived is handled, the current resource is the port.
  const hooks = builtin<AsyncHooks>("async_hooks");
  const ask = hooks.executionAsyncResource.bind(hooks);
  hooks.executionAsyncResource = () => {
    const resource = ask();
    return resource instanceof MessagePort ? {} : resource;
  };
  builtin<{ syncBuiltinESMExports(): void }>("module").syncBuiltinESMExports();
}

/** Makes the thread one without a parent to post to, as the main thread is; channels are the way. */
function hideParent(): void {
  Reflect.deleteProperty(scope, "postMessage");
  Object.defineProperty(builtin("worker_threads"), "parentPort", {
    value: null,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
