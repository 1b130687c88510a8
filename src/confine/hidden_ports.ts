// Ports that source could get hold of in the runtime's own lists: the module's, and those
// by which workers talk to their parent: Node's trusts what they say, and nobody listens to
// what source posts there, so that it would only fill the memory of the process.

import { builtin, process } from "../runtime/builtins.ts";
import { globals } from "../runtime/globals.ts";
import { pin } from "../runtime/port.ts";

// Taken now: source may declare names of its own that hide these.
const { MessagePort, Object, Reflect, globalThis: scope } = globalThis;

interface ActiveHandles {
  _getActiveHandles(): object[];
}

interface AsyncHooks {
  executionAsyncResource(): object;
}

/** Hides the ports of this thread. */
export function hidePorts(): void {
  hideParent();
  if (globals.Deno !== undefined || globals.Bun !== undefined) return;
  const handles = (process as unknown as ActiveHandles)._getActiveHandles();
  for (const handle of handles) if (handle instanceof MessagePort) pin(handle);
  Object.defineProperty(process, "_getActiveHandles", {
    value: () => [],
    writable: true,
    configurable: true,
  });
  // What arrives is handled in the name of the port that it arrives at.
  const hooks = builtin<AsyncHooks>("async_hooks");
  const ask = hooks.executionAsyncResource.bind(hooks);
  hooks.executionAsyncResource = () => {
    const resource = ask();
    return resource instanceof MessagePort ? {} : resource;
  };
  builtin<{ syncBuiltinESMExports(): void }>("module").syncBuiltinESMExports();
}

/** As in the main thread, there is no parent to post to; channels are the way. */
function hideParent(): void {
  Reflect.deleteProperty(scope, "postMessage");
  Object.defineProperty(builtin("worker_threads"), "parentPort", {
    value: null,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
