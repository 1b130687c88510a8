// Stray errors: what nobody caught, from a timer, an event, or a promise that was left rejected. A
// handler that source has registered for them counts, as in a worker: `process.on(…)` on all
// runtimes, the events `error` and `unhandledrejection` where there are web events. What no handler
// takes is reported, and so is what a handler throws. The runtime hears of none of it: it would end
// the thread, or write to the program's own output.

import { process } from "../runtime/builtins.ts";
import { globals, type StrayEvent } from "../runtime/globals.ts";
import { isMethod, methodOf } from "../runtime/guard.ts";
import { replace } from "../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Event, Object, Reflect, String, TypeError, queueMicrotask } = globalThis;
const { isArray } = Array;
const { apply } = Reflect;

type Report = (error: unknown) => void;

interface Stray {
  readonly error: unknown;
  readonly origin: "uncaughtException" | "unhandledRejection";
  readonly promise?: unknown;
  /** What an event says besides. */
  readonly details?: object;
}

// As they are now: source may replace them.
const { dispatchEvent, ErrorEvent, PromiseRejectionEvent } = globals;
const emitter = methodOf(process, "emit");
const emit = (...args: unknown[]) => apply(emitter, process, args) === true;
const listenerCount = process.listenerCount.bind(process);

/** Calls handlers of source, and reports what they throw. */
export type CallHandlers = (call: () => void) => void;

/** Calls back for each error that source does not take itself. */
export function catchStrayErrors(report: Report): CallHandlers {
  const strays = new Strays(report);
  if (globals.Deno === undefined) strays.watchProcess();
  else strays.watchEvents();
  return (call) => strays.callHandlers(call);
}

class Strays {
  readonly #report: Report;
  /** How many listeners of each kind are this module's. */
  #own = 0;
  #isHandling = false;
  #hasThrown = false;
  /** The event by which source is being told. */
  #told: Event | undefined;
  /** What source has set as `process.setUncaughtExceptionCaptureCallback`. */
  #captor: Report | null = null;

  constructor(report: Report) {
    this.#report = report;
  }

  /** Listens to the process, on Node and Bun, before any listener of source's. */
  watchProcess(): void {
    const onError = (error: unknown) => this.#handle({ error, origin: "uncaughtException" });
    const onRejection = (error: unknown, promise: unknown) => {
      // The runtime calls the others next.
      if (this.#countOf("unhandledRejection") > 0) return;
      this.#handle({ error, origin: "unhandledRejection", promise });
    };
    // It takes the place of the listeners: one that throws would end the thread.
    process.setUncaughtExceptionCaptureCallback(onError);
    // This hears of errors when source has taken that for itself, as `node:domain` does.
    process.on("uncaughtException", (error) => {
      if (!this.#isHandling) onError(error);
    });
    process.on("unhandledRejection", onRejection);
    this.#own = 1;
    this.#replaceCaptor();
    if (globals.Bun !== undefined) keepListener("unhandledRejection", onRejection);
  }

  /** Listens to events, on Deno, before any listener of source's. */
  watchEvents(): void {
    listen("error", (event) => {
      const { error, message, filename, lineno, colno } = event;
      const details = { message, filename, lineno, colno };
      this.#onEvent(event, { error: error ?? message, origin: "uncaughtException", details });
    });
    listen("unhandledrejection", (event) => {
      const { reason, promise } = event;
      this.#onEvent(event, { error: reason, origin: "unhandledRejection", promise });
    });
    this.#replaceCaptor();
  }

  #onEvent(event: StrayEvent, stray: Stray): void {
    if (event === this.#told) return;
    event.preventDefault();
    // Source is told by a copy: whether a listener takes the error is known only when all have been
    // called.
    event.stopImmediatePropagation();
    this.#handle(stray);
  }

  #handle(stray: Stray): void {
    if (this.#isHandling) {
      this.#hasThrown = true;
      this.#report(stray.error);
      return;
    }
    // Not in the middle of the runtime's own report: Deno 2.9 and Bun 1.4 end a thread whose
    // handler throws there (measured).
    queueMicrotask(() => {
      let isTaken = false;
      this.callHandlers(() => {
        isTaken = this.#isTaken(stray);
      });
      if (!isTaken && !this.#hasThrown) this.#report(stray.error);
    });
  }

  callHandlers(call: () => void): void {
    this.#isHandling = true;
    this.#hasThrown = false;
    try {
      call();
    } catch (thrown) {
      this.#hasThrown = true;
      this.#report(thrown);
    } finally {
      this.#isHandling = false;
    }
  }

  /** Asks the handlers of source. What one throws this throws, or the runtime reports meanwhile. */
  #isTaken(stray: Stray): boolean {
    const { error, origin, promise } = stray;
    if (this.#isPrevented(stray) || this.#hasThrown) return true;
    if (origin === "unhandledRejection" && this.#countOf(origin) > 0) {
      try {
        return emit(origin, error, promise);
      } catch (thrown) {
        if (this.#isTaken({ error: thrown, origin: "uncaughtException" })) return true;
        throw thrown;
      }
    }
    if (this.#captor !== null) {
      this.#captor(error);
      return true;
    }
    if (this.#countOf("uncaughtException") === 0) return false;
    return emit("uncaughtException", error, origin);
  }

  /** Whether a listener for web events has said that it takes the error. */
  #isPrevented(stray: Stray): boolean {
    if (dispatchEvent === undefined) return false;
    const outer = this.#told;
    this.#told = eventOf(stray);
    try {
      return this.#told !== undefined && !apply(dispatchEvent, globalThis, [this.#told]);
    } finally {
      this.#told = outer;
    }
  }

  /** How many listeners source has. */
  #countOf(event: Stray["origin"]): number {
    return listenerCount(event) - this.#own;
  }

  #replaceCaptor(): void {
    replace(process, "hasUncaughtExceptionCaptureCallback", () => this.#captor !== null);
    replace(process, "setUncaughtExceptionCaptureCallback", (captor: unknown) => {
      if (captor !== null && !isMethod(captor)) {
        throw new TypeError("Cannot set a capture callback: it must be a function or null");
      }
      this.#captor = isMethod(captor) ? (error) => void apply(captor, undefined, [error]) : null;
    });
  }
}

function listen(type: string, listener: (event: StrayEvent) => void): void {
  globals.addEventListener?.(type, listener);
}

function eventOf({ error, origin, promise, details }: Stray): Event | undefined {
  if (origin === "uncaughtException") {
    if (ErrorEvent === undefined) return undefined;
    const init = { message: textOf(error), ...details, error, cancelable: true };
    return new ErrorEvent("error", init);
  }
  const init = { reason: error, promise, cancelable: true };
  if (PromiseRejectionEvent !== undefined) {
    return new PromiseRejectionEvent("unhandledrejection", init);
  }
  const event = new Event("unhandledrejection", init);
  Object.defineProperty(event, "reason", { value: error });
  Object.defineProperty(event, "promise", { value: promise });
  return event;
}

function textOf(error: unknown): string {
  try {
    return `Uncaught ${String(error)}`;
  } catch {
    return "Uncaught";
  }
}

/** Keeps a listener of this module's: Bun 1.4 ends a thread in which nobody listens (measured). */
function keepListener(event: string, listener: (...args: unknown[]) => void): void {
  const on = methodOf(process, "on");
  const listeners = methodOf(process, "listeners");
  const removeAll = methodOf(process, "removeAllListeners");
  replace(process, "removeAllListeners", (...args: unknown[]) => {
    apply(removeAll, process, args);
    const left = apply(listeners, process, [event]);
    if (!isArray(left) || !left.includes(listener)) apply(on, process, [event, listener]);
    return process;
  });
}
