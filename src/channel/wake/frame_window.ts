// The frame window bounds how much a guest may have posted that the host has not handled yet.
// A frame is one message on the port between them. The host counts the frames that it has
// handled, in the memory of the guest's bell. The guest keeps what each frame weighs, and
// sleeps while too much is outstanding. The host trusts nothing here: it only adds to its word.
//
// No wake-up is lost. The guest stores WAITS and WAKE_AT, reads the bell, and only then
// HANDLED. The host adds to HANDLED, and only then reads WAITS (see doorbell.ts).

import { ring } from "./doorbell.ts";
import { COUNT } from "./host_bell.ts";

// Taken now: source may declare names of its own that hide these.
const { Atomics, Int32Array, SharedArrayBuffer } = globalThis;
// oxlint-disable-next-line typescript/unbound-method -- The functions of Atomics need no `this`.
const { add, load, store, wait: sleep } = Atomics;

/** Word: frames that the host has handled. Only the host writes it. */
const HANDLED = 1;
/** Word: 1 while the guest waits for room. */
const WAITS = 2;
/** Word: the host rings once HANDLED has reached this. */
const WAKE_AT = 3;
/** Word: 1 once the thread is to be killed. Only the host writes it. */
const CONDEMNED = 4;
const WORDS = 5;

/** Weight that may be outstanding, in about bytes. */
export const CAPACITY: number = 2 ** 21;
/** More frames than the capacity allows. A power of two, so that frame numbers may wrap around. */
const SLOTS = 2 ** 12;
/** The longest single sleep: a lost ring would delay a guest by this, not for ever. */
const SLICE_MS = 1000;

/** The bell of one guest, with the words of its window. */
export function createGuestBell(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * WORDS));
}

/** Counts frames as handled, and wakes the guest if it waits for that. Host only. */
export function acknowledge(bell: Int32Array, frames: number): void {
  const handled = (add(bell, HANDLED, frames) + frames) | 0;
  if (load(bell, WAITS) !== 0 && ((handled - load(bell, WAKE_AT)) | 0) >= 0) ring(bell);
}

/** Tells the guest that its thread is about to be killed. Host only. */
export function condemn(bell: Int32Array): void {
  store(bell, CONDEMNED, 1);
}

/** Whether the host has said so. */
export function isCondemned(bell: Int32Array): boolean {
  return load(bell, CONDEMNED) !== 0;
}

/** The frames of one guest that are outstanding: posted, and not handled yet. */
export class FrameWindow {
  readonly #bell: Int32Array;
  readonly #weights = new Int32Array(SLOTS);
  // The entry has posted "ready" before this was made; it weighs nothing.
  #posted = 1;
  #handled = 0;
  #outstanding = 0;

  constructor(bell: Int32Array) {
    this.#bell = bell;
  }

  /** Counts a frame that has been posted. */
  add(weight: number): void {
    this.#weights[this.#posted & (SLOTS - 1)] = weight;
    this.#posted = (this.#posted + 1) | 0;
    this.#outstanding += weight;
  }

  /** Blocks this thread while too much is outstanding. */
  waitForRoom(): void {
    this.#update();
    if (this.#outstanding < CAPACITY) return;
    const bell = this.#bell;
    store(bell, WAITS, 1);
    while (this.#outstanding >= CAPACITY) {
      // Half of what is outstanding: woken for each frame, guest and host would take turns.
      const wakeAt = (this.#handled + (((this.#posted - this.#handled + 1) | 0) >> 1)) | 0;
      store(bell, WAKE_AT, wakeAt);
      const heard = load(bell, COUNT);
      this.#update();
      if (((this.#handled - wakeAt) | 0) < 0) sleep(bell, COUNT, heard, SLICE_MS);
      this.#update();
    }
    store(bell, WAITS, 0);
  }

  #update(): void {
    const handled = load(this.#bell, HANDLED);
    while (this.#handled !== handled && this.#handled !== this.#posted) {
      this.#outstanding -= this.#weights[this.#handled & (SLOTS - 1)]!;
      this.#handled = (this.#handled + 1) | 0;
    }
  }
}
