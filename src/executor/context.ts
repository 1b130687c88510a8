// The asynchronous context of a pool: what its workers call back, they call there. The pool starts a
// worker when a task needs it, in the context of whoever submitted that task.

import type { CreateOptions } from "../api/create_options.ts";
import { captureContext, type InContext } from "../runtime/async_context.ts";

/** The context of the caller, if workers with these options call something back. */
export function contextFor({ functions, stdout, stderr }: CreateOptions): InContext {
  const callsBack = functions !== undefined || typeof stdout === "function" ||
    typeof stderr === "function";
  return callsBack ? captureContext() : (act) => act();
}
