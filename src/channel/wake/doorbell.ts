// Sleeping and waking. A bell is a word that sleepers wait on, and to ring it is to end their
// sleep. Only frame_window.ts also calls `Atomics.wait`; nothing else calls `waitAsync`.
//
// The bell in a word of a header is odd while somebody listens, and a ring makes it even. To
// ring a bell that nobody listens to, or that has been rung already, changes nothing and wakes
// nobody. This saves the wake-up: a call into the system, which costs more than all else.
//
// Why no wake-up is lost. The waiter
//   (1) makes the bell odd,
//   (2) says that it waits, by a store that others see in order,
//   (3) looks whether what it waits for is there, and
//   (4) sleeps only while the bell still has the value of (1).
// Whoever changes something
//   (a) commits the change,
//   (b) looks whether the bell is odd,
//   (c) makes it even, and
//   (d) wakes all sleepers.
// All of these steps are sequentially consistent. If (b) finds an even bell, then each (1) that
// is still to come is followed by a (3) that finds the change. A waiter that listened before
// has then been rung by another thread, and looks again after a new (1). If (c) comes between
// (1) and (4), or fails because another thread was faster, the sleep of (4) returns at once. A
// thread that dies between (c) and (d) leaves sleepers behind: the repair after its death wakes
// them, whatever the bell shows (`wakeAt`).
//
// The main interpreter must serve requests while it blocks. So it never sleeps on a channel's
// bell, but always on the host bell, which is its own. Whoever rings for it rings that one too.

import { whenFulfilled } from "../../primordials.ts";
import { COUNT, hostWords, SLEEPS } from "./host_bell.ts";

// Taken now: source may declare names of its own that hide these.
const { Atomics, Int32Array, Math, SharedArrayBuffer, performance } = globalThis;

// `wait` is what users call (api/pool/wait.ts): in one file a second one would get another name.
// oxlint-disable-next-line typescript/unbound-method -- The functions of Atomics need no `this`.
const { add, compareExchange, load, notify, store, wait: sleep, waitAsync } = Atomics;

/** The longest single sleep of the host, which serves requests after each. */
const SLICE_MS = 10;

interface Host {
  /** Handles the frames that have arrived. */
  serve(): void;
  /** Whether the thread of an interpreter may still run. */
  isAlive(id: number): boolean;
}

let host: Host | undefined;

/** Makes a bell on memory of its own. */
export function createBell(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Makes this realm the main interpreter's. */
export function setHost(newHost: Host): void {
  host = newHost;
}

/** What the main interpreter does while it blocks; `undefined` in a guest. */
export function currentHost(): Host | undefined {
  return host;
}

/** Rings a bell that `createBell` made. */
export function ring(cell: Int32Array): void {
  add(cell, COUNT, 1);
  notify(cell, COUNT);
}

/** What the bell shows now. To be read before the look for what the caller waits for. */
export function readBell(cell: Int32Array): number {
  return load(cell, COUNT);
}

/**
 * Says that somebody listens to the bell in a word of a header. Returns what it shows from now on.
 */
export function listenAt(words: Int32Array, index: number): number {
  for (;;) {
    const shown = load(words, index);
    if ((shown & 1) !== 0) return shown;
    if (compareExchange(words, index, shown, shown + 1) === shown) return shown + 1;
  }
}

/** Rings the bell in a word of a header, if somebody listens to it. */
export function ringAt(words: Int32Array, index: number): void {
  const shown = load(words, index);
  if ((shown & 1) === 0) return;
  if (compareExchange(words, index, shown, shown + 1) === shown) notify(words, index);
}

/** As `ringAt`, but also wakes sleepers that a ringing thread left behind when it died. */
export function wakeAt(words: Int32Array, index: number): void {
  ringAt(words, index);
  notify(words, index);
}

/** Blocks a guest's thread until the bell no longer shows `heard`, or the time is up. */
export function guestSleep(cell: Int32Array, heard: number, ms: number): void {
  sleep(cell, COUNT, heard, ms);
}

/** As `guestSleep`, for a word of a header. */
export function sleepAt(
  words: Int32Array,
  bell: { index: number; heard: number; ms: number },
): void {
  sleep(words, bell.index, bell.heard, bell.ms);
}

/** Blocks this thread for a moment. */
export function pause(ms: number): void {
  sleep(createBell(), COUNT, 0, ms);
}

/**
 * Blocks the main interpreter until `done` says so. It serves requests meanwhile.
 *
 * @returns Whether `done` said so in time.
 */
export function hostSleep(done: () => boolean, timeoutMs: number): boolean {
  const end = performance.now() + timeoutMs;
  const hostCell = hostWords();
  const nested = load(hostCell, SLEEPS);
  store(hostCell, SLEEPS, 1);
  try {
    for (;;) {
      const heard = load(hostCell, COUNT);
      host?.serve();
      if (done()) return true;
      const left = end - performance.now();
      if (left <= 0) return false;
      sleep(hostCell, COUNT, heard, Math.min(left, SLICE_MS));
    }
  } finally {
    store(hostCell, SLEEPS, nested);
  }
}

/**
 * Blocks this thread until `done` says so. A bell in a header wakes a guest, the host bell the
 * host.
 */
export function sleepUntil(
  done: () => boolean,
  { words, index, timeoutMs }: { words: Int32Array; index: number; timeoutMs: number },
): boolean {
  if (host !== undefined) return hostSleep(done, timeoutMs);
  const end = performance.now() + timeoutMs;
  for (;;) {
    const heard = listenAt(words, index);
    if (done()) return true;
    const left = end - performance.now();
    if (left <= 0) return false;
    sleep(words, index, heard, left);
  }
}

/**
 * Calls back when a bell rings, without blocking. A `waitAsync` cannot be called off, so all
 * waiters of one realm share one for each bell.
 */
export class AsyncBell {
  readonly #channel: { readonly memory: { readonly header: Int32Array } };
  readonly #index: number;
  readonly #onRing: () => void;
  #isArmed = false;

  /**
   * @param channel The channel whose header has the bell. It is asked each time: a closed channel
   * gives its header up.
   */
  constructor(
    channel: { readonly memory: { readonly header: Int32Array } },
    { index, onRing }: { index: number; onRing: () => void },
  ) {
    this.#channel = channel;
    this.#index = index;
    this.#onRing = onRing;
  }

  /** Says that this realm listens. Returns what the bell shows from now on. */
  listen(): number {
    return listenAt(this.#channel.memory.header, this.#index);
  }

  /** Arranges the call. `false` if the bell no longer shows `heard`: then look again. */
  arm(heard: number): boolean {
    if (this.#isArmed) return true;
    const waiting = waitAsync(this.#channel.memory.header, this.#index, heard);
    if (!waiting.async) return false;
    this.#isArmed = true;
    whenFulfilled(waiting.value, () => {
      this.#isArmed = false;
      this.#onRing();
    });
    return true;
  }
}
