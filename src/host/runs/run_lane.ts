// Carries runs to one interpreter, and their values back, through two channels of the module's
// own: a frame over the port takes several times as long. Only what needs no frame goes this
// way: a script that the guest has, with at most arguments that are bytes.
//
// It changes the way and nothing else. Whatever a run posts before its end (output, say) must
// arrive first. So a guest that has posted anything meanwhile ends the run by a frame.

import { isTurnDue } from "../../api/turns.ts";
import { type Channel, type GiveUp, NOTHING, Spinner } from "../../channel/channel.ts";

/** What a guest needs to begin a run: its number, the script's slot, bytes of a list. */
export type RunItem = readonly [call: number, slot: number, args: Uint8Array | null];

/** Hears of runs that are done. */
export type OnDone = (call: number, value: Uint8Array | null) => void;

/** Runs of all interpreters that are on their way over a lane. */
let pending = 0;

/** Answers that are read at once, of one run: a guest gives one, and few that come too late. */
const MOST = 1_000;

/** The lane of one interpreter. */
export class RunLane {
  readonly #calls: Channel;
  readonly #answers: Channel;
  readonly #onDone: OnDone;
  readonly #spinner = new Spinner(true);
  #isPending = false;
  /** Gives up the receive that waits on the channel, if one does; it goes on from run to run. */
  #giveUp: GiveUp | undefined;
  /** The channel is damaged or closed: the guest hears that too, and sends frames. */
  #isBroken = false;
  /** What has come for it, and has not been looked at. */
  #arrived: unknown = NOTHING;

  constructor(
    { calls, answers }: { readonly calls: Channel; readonly answers: Channel },
    onDone: OnDone,
  ) {
    this.#calls = calls;
    this.#answers = answers;
    this.#onDone = onDone;
  }

  /** Sends a run; `false` if the lane cannot be used. */
  post(item: RunItem): boolean {
    if (this.#isBroken) return false;
    try {
      this.#calls.post(item);
    } catch {
      // Closed or damaged, or there is no room: then a frame goes.
      return false;
    }
    this.#isPending = true;
    pending++;
    queueMicrotask(() => this.#look());
    return true;
  }

  /** The run has ended, this way or another. */
  finish(): void {
    if (!this.#isPending) return;
    this.#isPending = false;
    pending--;
  }

  /** Reads what has come, for a host that blocks: nothing that waits is settled meanwhile. */
  read(): void {
    if (!this.#isPending) return;
    try {
      // What waits either has an item now, or leaves it to this.
      if (this.#giveUp?.() === true) {
        this.#giveUp = undefined;
        queueMicrotask(() => this.#look());
      }
    } catch {
      this.#break();
    }
    this.#takeAll();
  }

  /** Nobody is at the other end any more. */
  close(): void {
    this.finish();
    this.#calls.end();
    this.#answers.end();
  }

  /** Reads no more: the guest finds the channel closed, and sends frames. */
  #break(): void {
    this.#isBroken = true;
    this.#answers.end();
  }

  #takeAll(): void {
    const item = this.#arrived;
    this.#arrived = NOTHING;
    if (item !== NOTHING) this.#onItem(item);
    for (let count = 0; this.#isPending && this.#giveUp === undefined && !this.#isBroken; count++) {
      let next: unknown;
      try {
        next = this.#answers.tryRecv();
      } catch {
        this.#break();
        return;
      }
      if (next === NOTHING) return;
      this.#onItem(next);
      // Source has got at the memory: it must not keep the host here.
      if (count >= MOST) this.#break();
    }
  }

  #look(): void {
    if (isTurnDue()) {
      setImmediate(() => this.#look());
      return;
    }
    this.#takeAll();
    if (!this.#isPending || this.#giveUp !== undefined || this.#isBroken) return;
    let isSettled = false;
    try {
      const giveUp = this.#answers.startRecv({
        resolve: (item) => {
          isSettled = true;
          this.#giveUp = undefined;
          this.#arrived = item;
          // Not in the middle of what the channel does.
          queueMicrotask(() => this.#look());
        },
        reject: () => {
          isSettled = true;
          this.#giveUp = undefined;
          // Not in the middle of what the channel does.
          queueMicrotask(() => this.#break());
        },
      }, pending === 1 ? this.#spinner : null);
      if (!isSettled) this.#giveUp = giveUp;
    } catch {
      this.#break();
    }
  }

  /** What a guest says: of no run but the one in progress, and nothing but that it is done. */
  #onItem(item: unknown): void {
    if (!Array.isArray(item)) return;
    const [call, value]: unknown[] = item;
    if (typeof call !== "number") return;
    if (value === null || isOwnBytes(value)) this.#onDone(call, value);
  }
}

/** In shared memory they could change between a check and their use. */
function isOwnBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.buffer instanceof ArrayBuffer;
}
