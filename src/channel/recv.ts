// Receiving: at once, asynchronously or by blocking. The asynchronous receivers of
// one realm stand in one line, in the order of their calls. Items that were returned here
// come before those in the shared memory.

import { ChannelClosedError } from "../errors.ts";
import { type Core, NOTHING } from "./core.ts";
import { AsyncBell, currentHost, sleepUntil } from "./wake/doorbell.ts";
import { CLOSED, HOST_SLEEPS, RECV_BELL } from "./memory/layout.ts";
import { type Received, ReturnedItems } from "./returned.ts";
import { type GiveUp, type SettleReceived, Spinner } from "./waiting.ts";

const { Atomics } = globalThis;
const { store } = Atomics;

const tooLate: GiveUp = () => false;

interface Waiter {
  readonly settle: SettleReceived;
  isWaiting: boolean;
}

/** The receiving side of one channel in one realm. */
export class Receiving {
  readonly #core: Core;
  readonly #bell: AsyncBell;
  readonly #spinner = new Spinner();
  /** Whether a take may find an item or the end of the channel. */
  readonly #mayTake = (): boolean => !this.#core.ring.isEmpty() || this.#core.state >= CLOSED;
  #line: Waiter[] = [];
  readonly #returned = new ReturnedItems();
  /** Of the item that was taken last. */
  #place = 0;
  /** The highest place of an item so far. */
  #lastPlace = 0;

  /** @param onRing Called when it may be time to `pump`. */
  constructor(core: Core, onRing: () => void) {
    this.#core = core;
    this.#bell = new AsyncBell(core, { index: RECV_BELL, onRing });
  }

  /** How many items were returned here and can be received, even if the channel is closed. */
  get returnedCount(): number {
    return this.#returned.count;
  }

  /** The place of the item that was taken last, in the order of taking. */
  get place(): number {
    return this.#place;
  }

  /** Takes an item that is there. */
  tryRecv(): unknown {
    if (this.#returned.count === 0) return this.#take(false);
    const received = this.#returned.take();
    if (received === undefined) return NOTHING;
    this.#place = received.place;
    return received.item;
  }

  /** The first item, and behind it what else is there, at most `max` in all. */
  tryRecvMany(first: unknown, max: number): unknown[] {
    const items = [first];
    try {
      while (items.length < max) {
        const item = this.tryRecv();
        if (item === NOTHING) break;
        items.push(item);
      }
    } catch (error) {
      // The next receive finds by itself that the channel is closed.
      if (!(error instanceof ChannelClosedError)) {
        this.#returned.add({ error, place: this.#place + 0.5 });
      }
    }
    return items;
  }

  /** Returns an item that was taken for somebody who has left: the next receiver has it. */
  putBack({ item, place }: Received): void {
    while (this.#line.length > 0) {
      // A waiter that an item in the channel is meant for must take that one.
      if (!this.#core.resign()) {
        this.pump();
        continue;
      }
      const first = this.#line.shift()!;
      first.isWaiting = false;
      first.settle.resolve(item, place);
      return;
    }
    this.#returned.add({ item, place });
  }

  /** Drops what was returned, and what will be. */
  dropReturned(): void {
    this.#returned.close();
  }

  /**
   * Takes an item as soon as one is there.
   *
   * @param spinner Looks for a moment before this thread has to be woken; `null`: nobody does.
   */
  start(settle: SettleReceived, spinner: Spinner | null = this.#spinner): GiveUp {
    const core = this.#core;
    const isThere = this.#returned.count > 0 ||
      // Waking a thread costs more than a moment of this one.
      (this.#line.length === 0 && spinner?.spin(this.#mayTake) === true);
    if (isThere) {
      try {
        const item = this.tryRecv();
        if (item !== NOTHING) {
          settle.resolve(item, this.#place);
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
    if (this.#spinner.spin(this.#mayTake)) {
      item = this.#take(false);
      if (item !== NOTHING) return item;
    }
    core.enlist();
    const done = () => (item = this.#take(true)) !== NOTHING;
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
      // It leaves the line while it takes: the last item of a closing channel wakes everybody,
      // this line too, and the waiter that takes that item must not be told of the end.
      first.isWaiting = false;
      let item: unknown;
      try {
        item = this.#take(true);
      } catch (error) {
        first.settle.reject(error);
        continue;
      }
      if (item !== NOTHING) {
        first.settle.resolve(item, this.#place);
        continue;
      }
      first.isWaiting = true;
      this.#line.unshift(first);
      if (this.#bell.arm(heard)) return;
    }
  }

  /** Rejects the whole line: this interpreter has given its end up. */
  rejectAll(error: Error): void {
    const line = this.#line;
    this.#line = [];
    this.dropReturned();
    for (const waiter of line) {
      waiter.isWaiting = false;
      waiter.settle.reject(error);
    }
  }

  #take(asWaiter: boolean): unknown {
    const item = this.#core.take(asWaiter);
    if (item !== NOTHING) this.#place = ++this.#lastPlace;
    return item;
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
