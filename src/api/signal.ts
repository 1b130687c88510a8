// `signal`: how source learns of its own end. There is one at a time. It fires once, and if the
// interpreter goes on after that, there is a fresh one. In the program it never fires.

import type { InterpreterTerminatedError } from "../errors.ts";

// Taken now: source may declare names of its own that hide these.
const { AbortController } = globalThis;

let controller = new AbortController();
let isHeeded = false;
let onHeeded = (): void => {};
const watchers: ((fresh: AbortSignal) => void)[] = [];

/**
 * Fires when this interpreter is asked to stop, shortly before it ends: source that awaits
 * can clean up.
 *
 * An interpreter is asked to stop when a run's `timeout` passes, when a run's `signal` aborts,
 * and by `terminate()`, `await using` and `close()`. From then on source has 25 ms, or until
 * the run is done. What it writes and sends in that time counts; what the run returns is not
 * heard any more. Source cannot ask for more time. `signal.reason` is an
 * `InterpreterTerminatedError` whose `reason` says why: `"timeout"`, `"aborted"`,
 * `"disposed"`, `"closed"`, or what `terminate(reason)` was given.
 *
 * Source that is busy cannot see it: a loop, a `…Sync` call, an endless chain of promises.
 *
 * With `onTimeout: "interrupt"` the interpreter goes on. The run is over when the listeners
 * have been called, what they began goes on, and there is a fresh signal for what comes
 * next. The variable that an `import` has bound is then the fresh one, too.
 *
 * In the program it never fires.
 *
 * @example Clean up at a timeout
 * ```ts
 * import { create, createChannel } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const [log, send] = createChannel();
 * await using interpreter = await create();
 * const source = `
 *   import { signal } from "subinterpreters";
 *   signal.addEventListener("abort", () => log.sendNowait("stopped: " + signal.reason.reason));
 *   await new Promise(() => {});
 * `;
 * await assert.rejects(interpreter.run(source, { timeout: 50, channels: { log: send } }));
 * assert.equal(log.recvNowait(), "stopped: timeout");
 * ```
 */
export let signal: AbortSignal = controller.signal;

/** The signal, for source that may wait for it from now on. */
export function heedSignal(): AbortSignal {
  if (!isHeeded) {
    isHeeded = true;
    onHeeded();
  }
  return signal;
}

/** Calls back once, when source has asked for the signal. */
export function whenHeeded(callback: () => void): void {
  onHeeded = callback;
}

/** Fires the signal if source has asked for it, and tells whether it has. */
export function fireSignal(reason: () => InterpreterTerminatedError): boolean {
  if (isHeeded) controller.abort(reason());
  return isHeeded;
}

/** Calls back with each fresh signal. */
export function watchSignal(callback: (fresh: AbortSignal) => void): void {
  watchers[watchers.length] = callback;
}

/** Makes a fresh one in place of the one that has fired. */
export function renewSignal(): void {
  controller = new AbortController();
  signal = controller.signal;
  for (let i = 0; i < watchers.length; i++) watchers[i]?.(signal);
}
