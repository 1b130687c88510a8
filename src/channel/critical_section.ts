// Whether this realm is in the middle of an operation on a channel. Source that is
// interrupted there (a run with `onTimeout: "interrupt"`) leaves locks and counts half
// done. An interruption runs no `finally`, so it leaves its trace in the count here.

let depth = 0;

/** Whether an operation has begun and not ended. */
export function isInside(): boolean {
  return depth > 0;
}

/** Takes a step that is part of an operation, or made of several: as a whole or not at all. */
export function asOne<T>(step: () => T): T {
  depth++;
  try {
    return step();
  } finally {
    depth--;
  }
}

/** The only way to what it guards: who has not entered does not have it, so none can forget. */
export class Gate<T> {
  readonly #guarded: T;
  readonly #onIdle: (guarded: T) => void;
  #uses = 0;

  /** @param onIdle Called at the end of an operation, when no other is in progress. */
  constructor(guarded: T, onIdle: (guarded: T) => void) {
    this.#guarded = guarded;
    this.#onIdle = onIdle;
  }

  /** An operation begins; `leave` must follow in a `finally`. */
  enter(): T {
    depth++;
    this.#uses++;
    return this.#guarded;
  }

  /** The operation has ended, with a result or an error. */
  leave(): void {
    if (--this.#uses === 0) this.#onIdle(this.#guarded);
    depth--;
  }
}
