// How a thread is stopped. Deno 2.9 aborts the whole process if a thread is killed while
// it loads one of the runtime's own modules (measured; lifecycle/kill.test.ts). So there
// a guest is asked first: at its next turn it answers, and sleeps until it is killed. One
// that does not answer soon is busy with source, and is killed all the same.

import { hostSleep } from "../channel/doorbell.ts";
import type { Thread } from "../runtime/adapter.ts";
import { adapter } from "../runtime/detect.ts";

/** How long a guest has to answer. */
const NOTICE_MS = 25;
/**
 * How long a killed thread is waited for. Some milliseconds on every runtime, unless it is
 * in the middle of native work (a huge `JSON.stringify`, `pbkdf2Sync`, on Bun a regular
 * expression): no runtime can end that, but no line of source comes after it.
 */
const DYING_MS = 40;
/** How long a guest may take to load; no source runs before it has. */
const LOADING_MS = 5_000;

/** The end of one thread. */
export class Stopping {
  readonly #thread: Thread;
  #isLoaded = false;
  #isAsleep = false;
  #gone: Promise<void> | undefined;
  #deadline = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #kill: (() => void) | undefined;
  #finish: (() => void) | undefined;

  constructor(thread: Thread) {
    this.#thread = thread;
  }

  /** Stops the thread; `onGone` is called, then it resolves, when no further instruction runs. */
  begin(onGone: () => void): Promise<void> {
    return this.#gone ??= new Promise((resolve) => {
      this.#finish = () => {
        this.#finish = undefined;
        clearTimeout(this.#timer);
        onGone();
        resolve();
      };
      this.#kill = () => {
        this.#kill = undefined;
        clearTimeout(this.#timer);
        this.#deadline = performance.now() + DYING_MS;
        this.#timer = setTimeout(() => this.#finish?.(), DYING_MS);
        void this.#thread.terminate().then(() => this.#finish?.());
      };
      if (this.#isAsleep || adapter.capabilities.killsAnywhere) this.#kill();
      else this.#ask();
    });
  }

  /** Sees the stop through without the event loop. */
  finishSync(): void {
    hostSleep(() => this.#kill === undefined, NOTICE_MS);
    this.#kill?.();
  }

  /**
   * Kills if the time is up, and counts a killed thread as gone a while later: for a host
   * that blocks, whose timers do not fire and who does not hear of a thread's end.
   */
  check(): void {
    const isUp = performance.now() >= this.#deadline;
    if (this.#kill !== undefined) {
      if (isUp) this.#kill();
    } else if (isUp || this.#isAsleep) this.#finish?.();
  }

  /** The guest has loaded: from now on it answers. */
  onLoaded(): void {
    this.#isLoaded = true;
    if (this.#kill !== undefined) this.#ask();
  }

  /** The guest sleeps until it is killed. */
  onAsleep(): void {
    this.#isAsleep = true;
    this.#kill?.();
  }

  #ask(): void {
    if (this.#isLoaded) this.#thread.port.post({ type: "stop" });
    const ms = this.#isLoaded ? NOTICE_MS : LOADING_MS;
    this.#deadline = performance.now() + ms;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#kill?.(), ms);
  }
}
