// Where a kill can get lost. V8 ends a thread by throwing what no source can catch, but some of the
// runtime's own functions catch it. `node:vm` does when its `timeout` has fired at the same time
// (Deno 2.9, and for an instant Node 20, measured). On Deno whatever calls source back in the middle
// of native code does: inspecting, cloning, SQL functions. Source in a loop would go on, and a
// runtime kills only once. So the host leaves word before it kills, and these functions look for it
// before they return to source.

import { pause } from "../channel/wake/doorbell.ts";
import { builtin } from "../runtime/builtins.ts";
import { globals } from "../runtime/globals.ts";
import { isMethod, isObject, type Method, methodOf } from "../runtime/guard.ts";
import { replace } from "../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Proxy, Reflect, performance, globalThis: scope } = globalThis;
const now = performance.now.bind(performance);
const { apply, defineProperty, get, getOwnPropertyDescriptor, ownKeys, set } = Reflect;
const { Script } = builtin<typeof import("node:vm")>("vm");
const runInThisContext = methodOf(Script.prototype, "runInThisContext");

/** A kill that is on its way comes within that. */
const KILL_MS = 50;
/** One try in ten ends the thread. */
const MAX_TRIES = 1_000;
const WAIT = "wait·rt";

interface Sqlite {
  readonly DatabaseSync: { readonly prototype: object };
  readonly StatementSync: { readonly prototype: object };
}

/**
 * Makes these functions look whether the thread is to be killed, in this thread.
 *
 * @param look Does not return once the thread is to be killed.
 */
export function catchLostKills(look: () => void): void {
  // JavaScriptCore keeps the request to end until the thread has (Bun 1.4, measured).
  if (globals.Bun !== undefined) return;
  const handler = {
    apply(original: Method, self: unknown, args: unknown[]): unknown {
      try {
        return apply(original, self, args);
      } finally {
        look();
      }
    },
  };
  const guard = (owner: object, names: readonly (string | symbol)[]) => {
    for (const name of names) {
      const original: unknown = getOwnPropertyDescriptor(owner, name)?.value;
      if (!isMethod(original) || typeof name !== "string") continue;
      const guarded = new Proxy(original, handler);
      replace(owner, name, guarded);
      // The way back to the original.
      const prototype: unknown = get(original, "prototype");
      if (isObject(prototype) && get(prototype, "constructor") === original) {
        set(prototype, "constructor", guarded);
      }
    }
  };
  guard(Script.prototype, ["runInThisContext", "runInContext", "runInNewContext"]);
  if (globals.Deno === undefined) return;
  guard(globals.Deno, ["inspect"]);
  guard(scope, ["structuredClone"]);
  guard(scope.console, ownKeys(scope.console));
  guard(builtin("util"), ["inspect", "format", "formatWithOptions"]);
  const { DatabaseSync, StatementSync } = builtin<Sqlite>("sqlite");
  for (const { prototype } of [DatabaseSync, StatementSync]) {
    guard(prototype, ownKeys(prototype).filter((name) => name !== "constructor"));
  }
}

/**
 * Ends this thread, which has been killed in vain. Never returns to source.
 *
 * @param endThread Ends the thread as it ends itself; on Deno that does nothing after a kill.
 */
export function endLostThread(endThread: () => void): never {
  pause(KILL_MS);
  if (globals.Deno !== undefined) terminateByTimeout();
  for (;;) {
    endThread();
    pause(KILL_MS);
  }
}

/**
 * Ends the thread by the timeout of `node:vm`, the only thing left that throws as a kill does. If a
 * script ends by itself just when its timeout fires, Deno throws too late for that script, and ends
 * what called it (Deno 2.9, measured: one try in ten).
 */
function terminateByTimeout(): void {
  let length = 0;
  const wait = () => {
    const end = now() + length;
    while (now() < end);
  };
  // A script can call what is global; source will not see it any more.
  defineProperty(scope, WAIT, { value: wait, configurable: true });
  const script = new Script(`${WAIT}()`);
  for (let n = 0; n < MAX_TRIES; n++) {
    length = 0.9 + (n % 20) / 50;
    try {
      apply(runInThisContext, script, [{ timeout: 1 }]);
    } catch {
      // The timeout came in time.
    }
  }
}
