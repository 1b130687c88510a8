// Decides when threads are started. Starting one holds the host up (Deno waits for the new
// thread, Node for its memory), the longer the more are starting and loading already: 60 at once
// hold it for 9 s on Deno 2.9 and 7 s on Node 20 (two busy cores, measured). So one is started
// in each turn of the event loop, and few load at a time; the others wait in a line.

import { clearTimeout, setTimeout } from "node:timers";
import { availableParallelism } from "node:os";

/** How many threads start and load at a time: one more than there are cores, so that no core waits. */
const MAX_STARTING = Math.max(2, availableParallelism()) + 1;
/** A thread that loads for longer than this is busy with something else, and makes room. */
const LONGEST_MS = 1_000;

/** Starts something; it must call `leave` when the start is over, and may more than once. */
export type Start = (leave: () => void) => void;

/** The threads that wait to be started. */
export class StartQueue {
  readonly #waiting: Start[] = [];
  #starting = 0;
  /** One has been started in this turn of the event loop. */
  #isTurnTaken = false;

  /** Starts one when there is room, at once if there is; the function returned calls it off. */
  pass(start: Start): () => void {
    this.#waiting.push(start);
    this.#next();
    return () => {
      const at = this.#waiting.indexOf(start);
      if (at >= 0) this.#waiting.splice(at, 1);
    };
  }

  /** Starts one at once, whatever else is starting: for a caller that blocks. */
  passNow(start: Start): void {
    this.#starting++;
    let isOver = false;
    const leave = () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      this.#starting--;
      this.#next();
    };
    const timer = setTimeout(leave, LONGEST_MS).unref();
    start(leave);
  }

  /** Goes on: a turn of the event loop has passed, or none will because the host blocks. */
  serve(): void {
    this.#isTurnTaken = false;
    this.#next();
  }

  #next(): void {
    if (this.#isTurnTaken || this.#starting >= MAX_STARTING) return;
    const start = this.#waiting.shift();
    if (start === undefined) return;
    this.#isTurnTaken = true;
    setTimeout(() => this.serve(), 0).unref();
    this.passNow(start);
  }
}
