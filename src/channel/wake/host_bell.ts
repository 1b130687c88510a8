// The bell that wakes the main interpreter while it blocks.

// Taken now: source may declare names of its own that hide these.
const { Atomics, Int32Array, SharedArrayBuffer } = globalThis;
const { add, load, notify } = Atomics;

/** Changes with every ring. */
export const COUNT = 0;
/** 1 while the main interpreter sleeps. */
export const SLEEPS = 1;

let cell = new Int32Array(new SharedArrayBuffer(8));

/** The memory of the bell that wakes the main interpreter. */
export function hostBell(): SharedArrayBuffer {
  return cell.buffer;
}

/** The words of that memory. */
export function hostWords(): Int32Array {
  return cell;
}

/** Tells a guest which bell wakes the main interpreter. */
export function setHostBell(buffer: SharedArrayBuffer): void {
  cell = new Int32Array(buffer);
}

/** Wakes the main interpreter, if it sleeps. */
export function ringHost(): void {
  add(cell, COUNT, 1);
  if (load(cell, SLEEPS) !== 0) notify(cell, COUNT);
}
