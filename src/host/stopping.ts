// How a thread is stopped. Deno 2.9 aborts the whole process if a thread is killed while
// it loads one of the runtime's own modules (measured; lifecycle/kill.test.ts). So there
// a guest is asked first: at its next turn it answers, and sleeps until it is killed. One
// that does not answer soon is busy with source, and is killed all the same.

import { hostSleep } from "../channel/doorbell.ts";
import type { Thread } from "../runtime/adapter.ts";
import { adapter } from "../runtime/detect.ts";

/** How long a guest has to answer. */
const NOTICE_MS = 25;
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

  constructor(thread: Thread) {
    this.#thread = thread;
  }

  /** Stops the thread; resolves when it executes no further instruction. */
  begin(): Promise<void> {
    return this.#gone ??= new Promise((resolve) => {
      this.#kill = () => {
        this.#kill = undefined;
        clearTimeout(this.#timer);
        void this.#thread.terminate().then(resolve);
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

  /** Kills if the time is up: for a host that blocks, whose timers do not fire. */
  check(): void {
    if (this.#kill !== undefined && performance.now() >= this.#deadline) this.#kill();
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
