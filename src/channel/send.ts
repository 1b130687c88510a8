// Sending: without waiting, or until the item was received, asynchronously or by
// blocking.

import type { Transfer } from "../codec/transfers.ts";
import { type Core, type Progress } from "./core.ts";
import { AsyncBell, sleepUntil } from "./wake/doorbell.ts";
import { discardItem, type Outgoing, type Unsent } from "./item.ts";
import { type GiveUp, type Settle, Spinner } from "./waiting.ts";

interface Waiter extends Unsent {
  readonly seq: number;
  readonly settle: Settle<void>;
  isWaiting: boolean;
}

/** An item that was posted: what takes it back. */
export interface Posted extends Unsent {
  readonly seq: number;
}

/** The sending side of one channel in one realm. */
export class Sending {
  readonly #core: Core;
  readonly #onRing: () => void;
  readonly #spinner = new Spinner();
  #bell: AsyncBell | undefined;
  /** In the order of sending. */
  #line: Waiter[] = [];

  /** @param onRing Called when it may be time to `pump`. */
  constructor(core: Core, onRing: () => void) {
    this.#core = core;
    this.#onRing = onRing;
  }

  /** Queues an item; whether a waiting receiver has it as good as received. */
  sendNowait(value: unknown, transfer: Transfer | undefined): boolean {
    const core = this.#core;
    const isAwaited = this.#push(core.pack(value, transfer), false);
    core.ringReceivers();
    return isAwaited;
  }

  /** Queues an item that can be taken back as long as nobody has received it. */
  post(value: unknown, transfer: Transfer | undefined): Posted {
    const core = this.#core;
    const outgoing = core.pack(value, transfer);
    this.#push(outgoing, false);
    const { token } = outgoing;
    const posted = { seq: core.ring.pushedSeq, token, transfer };
    core.ringReceivers();
    return posted;
  }

  /** Whether nobody can take a posted item back any more. */
  hasLeft({ seq }: Posted): boolean {
    return this.#core.progress(seq) !== "waiting";
  }

  /** Takes a posted item back; `false` if it was received, or the channel is closed. */
  takeBack(posted: Posted): boolean {
    if (this.#core.withdraw(posted.seq) !== "waiting") return false;
    discardItem(posted, this.#core);
    return true;
  }

  /** Queues an item only if a waiting receiver has it as good as received. */
  sendIfAwaited(value: unknown, transfer: Transfer | undefined): boolean {
    const core = this.#core;
    const outgoing = core.pack(value, transfer);
    let isSent = false;
    try {
      isSent = core.pushIfAwaited(outgoing);
    } finally {
      if (!isSent) discardItem(outgoing, core);
    }
    if (!isSent) return false;
    core.ringReceivers();
    return true;
  }

  /** Sends an item, and settles when it was received. */
  start(value: unknown, settle: Settle<void>, transfer: Transfer | undefined): GiveUp {
    const core = this.#core;
    const outgoing = core.pack(value, transfer);
    this.#push(outgoing, true);
    const { token } = outgoing;
    const seq = core.ring.pushedSeq;
    const waiter: Waiter = { seq, token, transfer, settle, isWaiting: true };
    const isAlone = this.#line.length === 0;
    this.#line.push(waiter);
    core.ringReceivers();
    if (isAlone && waiter.isWaiting) this.#spinner.spin(() => core.progress(seq) !== "waiting");
    this.pump();
    return () => this.#giveUp(waiter);
  }

  /** Sends an item and blocks until it was received; `false`: the time is up, it is withdrawn. */
  sendSync(value: unknown, timeoutMs: number, transfer: Transfer | undefined): boolean {
    const core = this.#core;
    const outgoing = core.pack(value, transfer);
    this.#push(outgoing, true);
    const { token } = outgoing;
    const seq = core.ring.pushedSeq;
    core.ringReceivers();
    let progress: Progress = "waiting";
    const done = () => (progress = core.progress(seq)) !== "waiting";
    const words = core.memory.header;
    if (
      !this.#spinner.spin(done) && !sleepUntil(done, { words, index: core.sendBell, timeoutMs })
    ) {
      progress = core.withdraw(seq);
      if (progress === "waiting") discardItem({ token, transfer }, core);
    }
    if (progress === "closed") {
      this.#takeBack({ token, transfer });
      throw core.closedError("send on");
    }
    return progress === "received";
  }

  #push(outgoing: Outgoing, isRendezvous: boolean): boolean {
    try {
      return this.#core.push(outgoing, isRendezvous);
    } catch (error) {
      discardItem(outgoing, this.#core);
      throw error;
    }
  }

  /** The channel was closed with an item in it: what that moves comes back, if it is still there. */
  #takeBack(unsent: Unsent): void {
    if (unsent.transfer !== undefined) discardItem(unsent, this.#core);
  }

  /** Withdraws the items of the whole line and rejects it; what was received counts as such. */
  rejectAll(error: Error): void {
    for (const waiter of this.#line) {
      if (this.#giveUp(waiter)) waiter.settle.reject(error);
    }
  }

  #giveUp(waiter: Waiter): boolean {
    if (!waiter.isWaiting) return false;
    // Before it is withdrawn: a withdrawn item looks as if it had been received.
    waiter.isWaiting = false;
    if (this.#core.withdraw(waiter.seq) === "waiting") {
      this.#line = this.#line.filter((other) => other !== waiter);
      discardItem(waiter, this.#core);
      return true;
    }
    waiter.isWaiting = true;
    this.pump();
    return false;
  }

  /** Settles the waits whose items were received; what remains waits for the bell. */
  pump(): void {
    const core = this.#core;
    while (this.#line.length > 0) {
      const bell = this.#bell ??= new AsyncBell(core, {
        index: core.sendBell,
        onRing: this.#onRing,
      });
      const heard = bell.listen();
      const line = this.#line;
      this.#line = [];
      for (const waiter of line) {
        if (!waiter.isWaiting) continue;
        const progress = core.progress(waiter.seq);
        if (progress === "waiting") {
          this.#line.push(waiter);
          continue;
        }
        waiter.isWaiting = false;
        if (progress === "received") waiter.settle.resolve();
        else {
          this.#takeBack(waiter);
          waiter.settle.reject(core.closedError("send on"));
        }
      }
      if (this.#line.length > 0 && bell.arm(heard)) return;
    }
  }
}
