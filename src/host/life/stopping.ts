// How a thread is stopped. Deno 2.9 aborts the whole process if a thread is killed while
// it loads one of the runtime's own modules (measured; lifecycle/kill.test.ts). So there
// nobody is killed before the guest has loaded, which includes all those modules
// (confine/preload.ts). Then a guest is asked first:
// at its next turn it answers, and sleeps until it is killed. One that does not answer soon
// is busy with source, and is killed all the same. On the others a guest is asked if it is
// closed, so that the handlers of source for an exit run, or if source waits to be told
// (`signal`): that one may take all of the time to answer.

import { hostSleep } from "../../channel/wake/doorbell.ts";
import type { Thread } from "../../runtime/adapter.ts";
import { adapter } from "../../runtime/detect.ts";

/** How long a guest has to answer. */
const NOTICE_MS = 25;
/**
 * How long the caller waits for a killed thread. Some milliseconds on every runtime, unless
 * it is in the middle of native work (a huge `JSON.stringify`, `pbkdf2Sync`, on Bun a
 * regular expression): no runtime can end that, but no line of source comes after it.
 */
const DYING_MS = 40;
/** After this a killed thread counts as gone, and what it held is put right, whatever it does. */
const LOST_MS = 5_000;
/** The same for a host that blocks: it hears of no end, and others wait for it. */
const LOST_WHILE_BLOCKED_MS = 200;
/** How long a guest may take to load, hundreds at once among them; no source runs before it has. */
export const LOADING_MS = 30_000;

/** How an end goes on, as promises. */
export interface Ending {
  /** The thread is gone, or has been waited for long enough. */
  readonly settled: Promise<void>;
  /** The thread executes no further instruction. */
  readonly gone: Promise<void>;
}

/** What the guest is told. */
export interface StopOptions {
  readonly reason: string;
  /** It was idle, and is not ended by force. */
  readonly isClosing: boolean;
}

/** Who is told how an end goes on; each is called once, in this order. */
export interface EndListener {
  readonly onSettled: () => void;
  readonly onGone: () => void;
}

/** The end of one thread. */
export class Stopping {
  readonly #thread: Thread;
  readonly #hasStopped: () => boolean;
  readonly #onKill: () => void;
  #isLoaded = false;
  #isAsleep = false;
  #hasEnded = false;
  #isHeeding = false;
  #options: StopOptions = { reason: "", isClosing: false };
  #ending: Ending | undefined;
  #deadline = Infinity;
  #killedAt = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #kill: (() => void) | undefined;
  #settle: (() => void) | undefined;
  #finish: (() => void) | undefined;

  /**
   * @param hasStopped Whether the thread is known to have ended, for a host that blocks.
   * @param onKill Called right before the thread is killed.
   */
  constructor(
    thread: Thread,
    { hasStopped, onKill }: {
      readonly hasStopped: () => boolean;
      readonly onKill: () => void;
    },
  ) {
    this.#thread = thread;
    this.#hasStopped = hasStopped;
    this.#onKill = onKill;
  }

  /** Stops the thread. */
  begin(options: StopOptions, { onSettled, onGone }: EndListener): Ending {
    if (this.#ending !== undefined) return this.#ending;
    this.#options = options;
    const settled = new Promise<void>((resolve) => {
      this.#settle = () => {
        this.#settle = undefined;
        onSettled();
        resolve();
      };
    });
    const gone = new Promise<void>((resolve) => {
      this.#finish = () => {
        this.#finish = undefined;
        clearTimeout(this.#timer);
        onGone();
        this.#settle?.();
        resolve();
      };
    });
    this.#kill = () => {
      this.#kill = undefined;
      this.#killedAt = performance.now();
      this.#onKill();
      this.#wait(DYING_MS, () => this.#giveUp());
      void this.#thread.terminate().then(() => this.#finish?.());
    };
    this.#ending = { settled, gone };
    if (this.#isAsleep || this.#hasEnded || !this.#isToBeAsked(options)) this.#kill();
    else this.#ask();
    return this.#ending;
  }

  #isToBeAsked({ isClosing }: StopOptions): boolean {
    if (!adapter.capabilities.killsAnywhere) return true;
    // No source has run in one that has not loaded.
    return this.#isLoaded && (isClosing || this.#isHeeding);
  }

  /** Source waits to be told of its end. */
  onHeeding(): void {
    this.#isHeeding = true;
  }

  /** Sees the stop through without the event loop. */
  finishSync(): void {
    // `check` kills when the time is up, which is another before the guest has loaded.
    hostSleep(() => this.#kill === undefined, LOADING_MS + NOTICE_MS);
    this.#kill?.();
  }

  /**
   * Goes on if the time is up: for a host that blocks, whose timers do not fire and who
   * does not hear of a thread's end.
   */
  check(): void {
    const isUp = performance.now() >= this.#deadline;
    if (this.#kill !== undefined) {
      if (isUp) this.#kill();
    } else if (this.#finish !== undefined) {
      if (this.#isAsleep || this.isLost || this.#hasStopped()) this.#finish();
      else if (isUp) this.#giveUp();
    }
  }

  /** Whether it was killed so long ago that it runs no more, heard of or not. */
  get isLost(): boolean {
    return performance.now() >= this.#killedAt + LOST_WHILE_BLOCKED_MS;
  }

  /** The guest has loaded: from now on it answers. Said again, it puts no kill off. */
  onLoaded(): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    if (this.#kill !== undefined) this.#ask();
  }

  /** The thread has ended by itself, or could not load: it answers nothing any more. */
  onEnded(): void {
    this.#hasEnded = true;
    this.#kill?.();
  }

  /** The guest sleeps until it is killed. */
  onAsleep(): void {
    this.#isAsleep = true;
    this.#kill?.();
  }

  #ask(): void {
    if (this.#isLoaded) this.#thread.port.post({ type: "stop", ...this.#options });
    this.#wait(this.#isLoaded ? NOTICE_MS : LOADING_MS, () => this.#kill?.());
  }

  /** The caller is not kept waiting; what the thread held is, for longer. */
  #giveUp(): void {
    if (this.#settle === undefined) {
      this.#finish?.();
      return;
    }
    this.#settle();
    this.#wait(LOST_MS, () => this.#finish?.());
  }

  #wait(ms: number, next: () => void): void {
    clearTimeout(this.#timer);
    this.#deadline = performance.now() + ms;
    this.#timer = setTimeout(next, ms);
  }
}
