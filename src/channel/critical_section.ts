// Critical sections: operations on a channel that must not be interrupted in the middle. A run
// with `onTimeout: "interrupt"` that is stopped there would leave locks and counts half done.
// An interruption runs no `finally`, so the count here still shows it afterwards.

let depth = 0;

/** Whether this realm is in a critical section, or was interrupted in one. */
export function isInCriticalSection(): boolean {
  return depth > 0;
}

/** Runs a step as a critical section, which may have others in it. */
export function runCritical<T>(step: () => T): T {
  depth++;
  try {
    return step();
  } finally {
    depth--;
  }
}

/**
 * The only way to the object that it guards. Nobody has that without entering, so nobody can forget
 * to.
 */
export class Gate<T> {
  readonly #guarded: T;
  readonly #onIdle: (guarded: T) => void;
  #uses = 0;

  /** @param onIdle Called at the end of an operation if no other is in progress. */
  constructor(guarded: T, onIdle: (guarded: T) => void) {
    this.#guarded = guarded;
    this.#onIdle = onIdle;
  }

  /** Begins an operation; `leave` must follow in a `finally`. */
  enter(): T {
    depth++;
    this.#uses++;
    return this.#guarded;
  }

  /** Ends an operation, whether it had a result or threw. */
  leave(): void {
    if (--this.#uses === 0) this.#onIdle(this.#guarded);
    depth--;
  }
}
