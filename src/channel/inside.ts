// Whether this realm is in the middle of an operation on a channel. Source that is
// interrupted there (a run with `onTimeout: "interrupt"`) leaves locks and counts half
// done. An interruption runs no `finally`, so it leaves its trace in the count here.

let depth = 0;

/** An operation on a channel begins; `leave` must follow in a `finally`. */
export function enter(): void {
  depth++;
}

/** The operation has ended, with a result or an error. */
export function leave(): void {
  depth--;
}

/** Whether an operation has begun and not ended. */
export function isInside(): boolean {
  return depth > 0;
}
