// The host bell: the word that the main interpreter sleeps on whenever it blocks.

// Taken now: source may declare names of its own that hide these.
const { Atomics, Int32Array, SharedArrayBuffer } = globalThis;
const { add, load, notify } = Atomics;

/** Word that changes with each ring. */
export const COUNT = 0;
/** Word that is 1 while the main interpreter sleeps. */
export const SLEEPS = 1;

let cell = new Int32Array(new SharedArrayBuffer(8));

/** The memory of the host bell. */
export function hostBell(): SharedArrayBuffer {
  return cell.buffer;
}

/** The words of that memory. */
export function hostWords(): Int32Array {
  return cell;
}

/** Gives a guest the memory of the host bell. */
export function setHostBell(buffer: SharedArrayBuffer): void {
  cell = new Int32Array(buffer);
}

/** Wakes the main interpreter, if it sleeps. */
export function ringHost(): void {
  add(cell, COUNT, 1);
  if (load(cell, SLEEPS) !== 0) notify(cell, COUNT);
}
