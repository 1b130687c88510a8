// Bounds how much native work of one interpreter is in flight at once. The rest waits in the
// interpreter, and ends with it.

import { isMethod, type Method, methodOf } from "../../runtime/guard.ts";

// Taken now: source may declare names of its own that hide these.
const { Promise, Reflect } = globalThis;
const { apply } = Reflect;
const then = methodOf(Promise.prototype, "then");

/** Node's pool has four threads for all interpreters and the host. */
const MAX_RUNNING = 2;

interface Waiting {
  readonly start: () => void;
  next: Waiting | undefined;
}

let running = 0;
let first: Waiting | undefined;
let last: Waiting | undefined;

function whenFree(start: () => void): void {
  if (running < MAX_RUNNING) {
    running++;
    start();
    return;
  }
  const waiting: Waiting = { start, next: undefined };
  if (last === undefined) first = waiting;
  else last.next = waiting;
  last = waiting;
}

function free(): void {
  const waiting = first;
  if (waiting === undefined) {
    running--;
    return;
  }
  first = waiting.next;
  if (first === undefined) last = undefined;
  waiting.start();
}

/** The same function, which begins when there is room. It takes a callback or gives a promise. */
export function limitConcurrency(original: Method, kind: "callback" | "promise"): Method {
  return kind === "callback" ? limitCallback(original) : limitPromise(original);
}

function limitCallback(original: Method): Method {
  return function (this: unknown, ...args: unknown[]): unknown {
    const at = args.length - 1;
    const callback = args[at];
    if (!isMethod(callback)) return apply(original, this, args);
    args[at] = function (this: unknown, ...results: unknown[]): unknown {
      free();
      return apply(callback, this, results);
    };
    let isNow = true;
    whenFree(() => {
      try {
        apply(original, this, args);
      } catch (error) {
        free();
        if (isNow) throw error;
        // Its arguments are wrong, and nobody is left to catch that.
        apply(callback, undefined, [error]);
      }
    });
    isNow = false;
    return undefined;
  };
}

function limitPromise(original: Method): Method {
  return function (this: unknown, ...args: unknown[]): unknown {
    return new Promise((resolve) => {
      whenFree(() => {
        const result = apply(original, this, args);
        resolve(result);
        apply(then, result, [free, free]);
      });
    });
  };
}
