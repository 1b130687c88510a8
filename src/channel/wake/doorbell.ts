// Sleeping and waking: the only place that calls `Atomics.wait` and `waitAsync`.
//
// The bell in a word of a header is odd while somebody listens, and ringing makes it
// even: who rings a bell that nobody listens to, or that has been rung already, changes
// nothing and wakes nobody. Waking is a call into the system, and the dearest of all.
//
// Why no wake-up is lost. Who waits (1) makes the bell odd, (2) says that it waits, by
// a store that others see in order, (3) looks whether what it waits for is there,
// and (4) sleeps only while the bell still has the value of (1). Who changes
// something (a) commits the change, (b) looks whether the bell is odd, (c) makes it
// even, (d) wakes all who sleep. All of these are sequentially consistent: if (b) finds
// an even bell, then any (1) to come is followed by a (3) that finds the change, and
// who listened before has been rung by another and looks again, after a new (1). If (c)
// comes between (1) and (4), or fails because another was faster, the sleep returns at
// once. Who dies between (c) and (d) leaves sleepers behind: repair wakes whatever the
// bell shows (`wakeAt`).
//
// The main interpreter has to serve requests while it blocks, so it never sleeps on
// a channel's bell, but always on its own, the host bell; whoever rings for it rings
// that one too.

import { whenFulfilled } from "../../primordials.ts";
import { COUNT, hostWords, SLEEPS } from "./host_bell.ts";

// Taken now: source may declare names of its own that hide these.
const { Atomics, Int32Array, Math, SharedArrayBuffer, performance } = globalThis;

const { add, compareExchange, load, notify, store, wait, waitAsync } = Atomics;

/** The longest the host sleeps without looking up: its timers do not fire meanwhile. */
const SLICE_MS = 10;

interface Host {
  /** Handles the frames that have arrived. */
  serve(): void;
  /** Whether the thread of an interpreter may still run. */
  isAlive(id: number): boolean;
}

let host: Host | undefined;

/** A bell of its own, on memory of its own. */
export function createBell(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Makes this realm the main interpreter's. */
export function setHost(newHost: Host): void {
  host = newHost;
}

/** The main interpreter's duties; `undefined` in a guest. */
export function currentHost(): Host | undefined {
  return host;
}

/** Rings a bell that `createBell` made. */
export function ring(cell: Int32Array): void {
  add(cell, COUNT, 1);
  notify(cell, COUNT);
}

/** What the bell shows now; to be read before looking for what one waits for. */
export function readBell(cell: Int32Array): number {
  return load(cell, COUNT);
}

/** Says that somebody listens to the bell in a word of a header; what it shows from now on. */
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

/** As `ringAt`, and also wakes those whom one who died while ringing left asleep. */
export function wakeAt(words: Int32Array, index: number): void {
  ringAt(words, index);
  notify(words, index);
}

/** Blocks a guest's thread until the bell no longer shows what was heard, or the time is up. */
export function guestSleep(cell: Int32Array, heard: number, ms: number): void {
  wait(cell, COUNT, heard, ms);
}

/** As `guestSleep`, for a word of a header. */
export function sleepAt(
  words: Int32Array,
  bell: { index: number; heard: number; ms: number },
): void {
  wait(words, bell.index, bell.heard, bell.ms);
}

/** Blocks this thread for a moment. */
export function pause(ms: number): void {
  wait(createBell(), COUNT, 0, ms);
}

/**
 * Blocks the main interpreter until `done` says so, serving requests meanwhile.
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
      wait(hostCell, COUNT, heard, Math.min(left, SLICE_MS));
    }
  } finally {
    store(hostCell, SLEEPS, nested);
  }
}

/** Blocks this thread until `done` says so, woken by a bell in a header; the host, by its own. */
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
    wait(words, index, heard, left);
  }
}

/**
 * Calls back when a bell rings, without blocking. A `waitAsync` cannot be called
 * off, so there is at most one for each bell and realm, and whoever waits shares it.
 */
export class AsyncBell {
  readonly #channel: { readonly memory: { readonly header: Int32Array } };
  readonly #index: number;
  readonly #onRing: () => void;
  #isArmed = false;

  /** @param channel Whose header it is in; asked each time, because a closed one gives it up. */
  constructor(
    channel: { readonly memory: { readonly header: Int32Array } },
    { index, onRing }: { index: number; onRing: () => void },
  ) {
    this.#channel = channel;
    this.#index = index;
    this.#onRing = onRing;
  }

  /** Says that this realm listens; what the bell shows from now on. */
  listen(): number {
    return listenAt(this.#channel.memory.header, this.#index);
  }

  /** Will call back; `false` if the bell no longer shows what was heard: look again. */
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
