// Receiving: at once, asynchronously or by blocking. The asynchronous receivers of
// one realm stand in one line, in the order of their calls.

import { ChannelClosedError } from "../errors.ts";
import { type Core, NOTHING } from "./core.ts";
import { AsyncBell, currentHost, sleepUntil } from "./wake/doorbell.ts";
import { CLOSED, HOST_SLEEPS, RECV_BELL } from "./memory/layout.ts";
import { type GiveUp, type Settle, Spinner } from "./waiting.ts";

const { Atomics } = globalThis;
const { store } = Atomics;

const tooLate: GiveUp = () => false;

interface Waiter {
  readonly settle: Settle<unknown>;
  isWaiting: boolean;
}

/** The receiving side of one channel in one realm. */
export class Receiving {
  readonly #core: Core;
  readonly #bell: AsyncBell;
  readonly #spinner = new Spinner();
  readonly #isWorthALook = (): boolean => !this.#core.ring.isEmpty() || this.#core.state >= CLOSED;
  #line: Waiter[] = [];
  /** What has left the channel and nobody has yet, before what is in it: items, and errors thrown. */
  readonly #kept: (() => unknown)[] = [];

  /** @param onRing Called when it may be time to `pump`. */
  constructor(core: Core, onRing: () => void) {
    this.#core = core;
    this.#bell = new AsyncBell(core, { index: RECV_BELL, onRing });
  }

  /** How much there is to receive from here, be the channel closed. */
  get keeps(): number {
    return this.#kept.length;
  }

  /** Takes an item that is there. */
  tryRecv(): unknown {
    return this.#kept.length > 0 ? this.#kept.shift()!() : this.#core.take(false);
  }

  /** The item, and behind it what is there, so many in all at most. */
  tryRecvMany(first: unknown, max: number): unknown[] {
    const items = [first];
    try {
      while (items.length < max) {
        const item = this.tryRecv();
        if (item === NOTHING) break;
        items.push(item);
      }
    } catch (error) {
      // That the channel is closed, the next receive will find by itself.
      if (!(error instanceof ChannelClosedError)) {
        this.#kept.unshift(() => {
          throw error;
        });
      }
    }
    return items;
  }

  /** Takes back an item that was received for somebody who is not there any more: the next has it. */
  giveBack(item: unknown): void {
    while (this.#line.length > 0) {
      // Who has another as good as its own must take that.
      if (!this.#core.resign()) {
        this.pump();
        continue;
      }
      const first = this.#line.shift()!;
      first.isWaiting = false;
      first.settle.resolve(item);
      return;
    }
    this.#kept.push(() => item);
  }

  /** Drops what it keeps. */
  drop(): void {
    this.#kept.length = 0;
  }

  /** Takes an item as soon as one is there. */
  start(settle: Settle<unknown>): GiveUp {
    const core = this.#core;
    // To be woken, and to wake, costs more than a moment of this thread.
    if (this.#line.length === 0 && this.#spinner.spin(this.#isWorthALook)) {
      try {
        const item = this.tryRecv();
        if (item !== NOTHING) {
          settle.resolve(item);
          return tooLate;
        }
      } catch (error) {
        settle.reject(error);
        return tooLate;
      }
    }
    core.enlist();
    const waiter: Waiter = { settle, isWaiting: true };
    this.#line.push(waiter);
    this.pump();
    return () => {
      while (waiter.isWaiting) {
        this.pump();
        if (!waiter.isWaiting) return false;
        if (core.resign()) {
          this.#line.splice(this.#line.indexOf(waiter), 1);
          waiter.isWaiting = false;
          return true;
        }
      }
      return false;
    };
  }

  /** Blocks until an item is there, or the time is up: then NOTHING. */
  recvSync(timeoutMs: number): unknown {
    const core = this.#core;
    let item = this.tryRecv();
    if (item !== NOTHING || timeoutMs === 0) return item;
    if (this.#spinner.spin(this.#isWorthALook)) {
      item = core.take(false);
      if (item !== NOTHING) return item;
    }
    core.enlist();
    const done = () => (item = core.take(true)) !== NOTHING;
    do {
      if (this.#block(done, timeoutMs)) return item;
    } while (!core.resign());
    return NOTHING;
  }

  /** Serves the line with what is there; what remains of it waits for the bell. */
  pump(): void {
    for (;;) {
      const heard = this.#bell.listen();
      const first = this.#line.shift();
      if (first === undefined) return;
      // Out of the line while it takes: the last item of a closing channel wakes
      // everybody, this line too, and must not have its taker told of the end.
      first.isWaiting = false;
      let item: unknown;
      try {
        item = this.#core.take(true);
      } catch (error) {
        first.settle.reject(error);
        continue;
      }
      if (item !== NOTHING) {
        first.settle.resolve(item);
        continue;
      }
      first.isWaiting = true;
      this.#line.unshift(first);
      if (this.#bell.arm(heard)) return;
    }
  }

  /** Rejects the whole line. */
  rejectAll(error: Error): void {
    const line = this.#line;
    this.#line = [];
    this.drop();
    for (const waiter of line) {
      waiter.isWaiting = false;
      waiter.settle.reject(error);
    }
  }

  #block(done: () => boolean, timeoutMs: number): boolean {
    const { header } = this.#core.memory;
    const isHost = currentHost() !== undefined;
    if (isHost) store(header, HOST_SLEEPS, 1);
    try {
      return sleepUntil(done, { words: header, index: RECV_BELL, timeoutMs });
    } finally {
      if (isHost) store(header, HOST_SLEEPS, 0);
    }
  }
}
