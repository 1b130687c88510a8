// Lets each interpreter create one other at a time, and keeps the rest in a line. Starting a
// thread holds the host up, the longer the more are starting already: 60 of them hold it for
// 8 s on Deno 2.9 and 2 s on Node 20 (two cores, measured).

interface Line {
  isBusy: boolean;
  readonly waiting: ((leave: () => void) => void)[];
}

/** One line for each interpreter. */
export class CreationQueue {
  readonly #lines = new Map<number, Line>();

  /** How many creations of an interpreter wait. */
  waitingOf(who: number): number {
    return this.#lines.get(who)?.waiting.length ?? 0;
  }

  /** Begins a creation when it is its turn, at once if none is before it; it must call `leave` once. */
  pass(who: number, begin: (leave: () => void) => void): void {
    const line = this.#lines.get(who) ?? { isBusy: false, waiting: [] };
    this.#lines.set(who, line);
    line.waiting.push(begin);
    if (!line.isBusy) this.#next(who, line);
  }

  #next(who: number, line: Line): void {
    const begin = line.waiting.shift();
    line.isBusy = begin !== undefined;
    if (begin === undefined) this.#lines.delete(who);
    else begin(() => this.#next(who, line));
  }
}
