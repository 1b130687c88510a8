// Keeps spares: threads that have loaded and wait for an interpreter to come. A spare is a guest
// that has been told nothing yet; one frame makes it an interpreter. It keeps no process alive,
// and only this file knows of it.

import { InterpreterError } from "../../errors.ts";
import type { SpareBoot } from "../../protocol/frames.ts";
import type { SpawnOptions, Thread, ThreadEnd } from "../../runtime/adapter.ts";
import { adapter } from "../../runtime/detect.ts";
import type { StartQueue } from "./start_queue.ts";

/** What differs between threads before they are told anything. A spare serves its own kind alone. */
export type SpareKind =
  & Pick<SpawnOptions, "entry" | "limits" | "name" | "permissions">
  & Pick<SpareBoot, "isolated" | "output">;

/** How many kinds have spares: those used last. */
const MAX_KINDS = 8;
/** How long a spare that was taken needs to become an interpreter, on a busy machine. */
const REFILL_MS = 50;
/** How many of a slow kind are kept at most, while they are used up faster than they start. */
const MAX_DEMAND = 8;
/** How long after that there are as few as before. */
const CALM_MS = 10_000;

/** One thread that waits for its interpreter. */
export class Spare {
  readonly thread: Thread;
  /** Whether it has loaded everything. */
  isWarm = false;
  /** Whether it ended while it waited. */
  hasEnded = false;
  #onOver: () => void = () => {};
  #onEnd: (end: ThreadEnd) => void = () => {
    this.hasEnded = true;
    this.#onOver();
  };

  constructor(kind: SpareKind, boot: SpareBoot) {
    this.thread = adapter.spawn({ ...kind, boot, onEnd: (end) => this.#onEnd(end) });
    // It says one thing before it is told anything: that it is ready.
    this.thread.port.listen(() => {
      this.isWarm = true;
      this.#onOver();
    });
  }

  /** Calls back when it has loaded, or has ended before. */
  whenOver(callback: () => void): void {
    if (this.isWarm || this.hasEnded) callback();
    else this.#onOver = callback;
  }

  /** Hands it over to whoever listens from now on. */
  take(onEnd: (end: ThreadEnd) => void): Thread {
    this.#onEnd = onEnd;
    return this.thread;
  }

  /** Whether it can be taken now. Asks the port, because a blocked host has not heard what it said. */
  look(): boolean {
    this.isWarm ||= this.thread.port.take() !== undefined;
    if (this.isWarm) this.#onOver();
    return this.isWarm && !this.hasEnded;
  }

  /** Ends it, also while it loads: it holds no lock then (runtime/deno/killable.ts). */
  dismiss(): void {
    void this.thread.terminate();
    this.#onOver();
  }
}

/** The spares of one kind. */
interface Stock {
  readonly kind: SpareKind;
  readonly spares: Spare[];
  /** How many wait to be started. */
  waiting: number;
  /** How many are kept even if none are configured. */
  demand: number;
}

/** The spares of all kinds. */
export class Spares {
  readonly #makeBoot: (kind: SpareKind) => SpareBoot;
  /** By kind, the one used last at the end. */
  readonly #kinds = new Map<string, Stock>();
  #count = 0;
  #isFilling = false;
  #calm: ReturnType<typeof setTimeout> | undefined;

  readonly #starts: StartQueue;

  /**
   * @param makeBoot Gives what a thread needs that is no interpreter yet.
   * @param starts Where threads wait for their turn to start.
   */
  constructor(makeBoot: (kind: SpareKind) => SpareBoot, starts: StartQueue) {
    this.#makeBoot = makeBoot;
    this.#starts = starts;
  }

  /**
   * Keeps so many spares of the kind, and of each kind that is asked for later.
   *
   * @throws {InterpreterError} Their threads cannot be started; `cause` has the reason.
   */
  configure(count: number, kind: SpareKind): void {
    this.#count = count;
    this.#use(kind);
    this.#trim();
    const { cause } = this.#fill();
    if (cause === undefined) return;
    throw new InterpreterError("Cannot keep spares: their threads cannot be started", { cause });
  }

  /** A spare of the kind, if there is one that saves time. */
  take(kind: SpareKind): Spare | undefined {
    const spares = this.#kinds.get(JSON.stringify(kind))?.spares ?? [];
    const warm = spares.findIndex((spare) => spare.look());
    // Where a thread takes long to start, one that is starting will be there earlier than a new one.
    const index = warm < 0 && isSlow(kind.permissions)
      ? spares.findIndex((spare) => !spare.hasEnded)
      : warm;
    return index < 0 ? undefined : spares.splice(index, 1)[0];
  }

  /** Ends the spares with such permissions, of which the process has lost some since. */
  forget(permissions: SpareKind["permissions"]): void {
    for (const [key, { kind, spares }] of this.#kinds) {
      if (JSON.stringify(kind.permissions) !== JSON.stringify(permissions)) continue;
      this.#kinds.delete(key);
      for (const spare of spares) spare.dismiss();
    }
  }

  /** Starts others in the background, because one of the kind has been asked for. */
  refill(kind: SpareKind): void {
    if (this.#countOf(leastOf(kind)) === 0) return;
    const isFirst = !this.#kinds.has(JSON.stringify(kind));
    const stock = this.#use(kind);
    if (!isSlow(kind.permissions)) return this.#fillSoon();
    if (!isFirst && !stock.spares.some((spare) => spare.look())) this.#demandMore(stock);
    // Now: the event loop may not run before the next one is asked for.
    this.#fill();
  }

  #countOf(demand: number): number {
    return Math.max(this.#count, demand);
  }

  #use(kind: SpareKind): Stock {
    const key = JSON.stringify(kind);
    const stock = this.#kinds.get(key) ?? { kind, spares: [], waiting: 0, demand: leastOf(kind) };
    this.#kinds.delete(key);
    this.#kinds.set(key, stock);
    const [oldest, { spares = [] } = {}] = [...this.#kinds][0] ?? [];
    if (this.#kinds.size > MAX_KINDS && oldest !== undefined) {
      this.#kinds.delete(oldest);
      for (const spare of spares) spare.dismiss();
    }
    return stock;
  }

  /** Keeps more of a slow kind: its last spare was taken before another had started. */
  #demandMore(stock: Stock): void {
    stock.demand = Math.min(2 * stock.demand, MAX_DEMAND);
    clearTimeout(this.#calm);
    this.#calm = setTimeout(() => {
      for (const one of this.#kinds.values()) one.demand = leastOf(one.kind);
      this.#trim();
    }, CALM_MS).unref();
  }

  /** Not at once: whoever took a spare is in a hurry, and a thread that loads takes a core. */
  #fillSoon(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    setTimeout(() => {
      this.#isFilling = false;
      this.#fill();
    }, REFILL_MS).unref();
  }

  /** Returns why a thread could not be started, if one could not; the next `create` is told as well. */
  #fill(): { readonly cause?: unknown } {
    for (const stock of this.#kinds.values()) {
      const { kind, spares, demand } = stock;
      const alive = spares.filter((spare) => !spare.hasEnded);
      spares.splice(0, spares.length, ...alive);
      const count = this.#countOf(demand);
      try {
        // These are started by a warden (runtime/deno/warden.ts), in another thread.
        if (isSlow(kind.permissions)) {
          while (spares.length < count) spares.push(new Spare(kind, this.#makeBoot(kind)));
        } else while (spares.length + stock.waiting < count) this.#startOne(stock);
      } catch (cause) {
        return { cause };
      }
    }
    return {};
  }

  /** Throws if its turn is now and it cannot be started; later nobody is there to be told. */
  #startOne(stock: Stock): void {
    const { kind, spares } = stock;
    let failure: { readonly cause: unknown } | undefined;
    stock.waiting++;
    this.#starts.pass((leave) => {
      stock.waiting--;
      const isWanted = spares.length < this.#countOf(stock.demand) &&
        this.#kinds.get(JSON.stringify(kind)) === stock;
      if (!isWanted) return leave();
      try {
        const spare = new Spare(kind, this.#makeBoot(kind));
        spares.push(spare);
        spare.whenOver(leave);
      } catch (cause) {
        leave();
        failure = { cause };
      }
    });
    if (failure !== undefined) throw failure.cause;
  }

  #trim(): void {
    for (const { spares, demand } of this.#kinds.values()) {
      for (const spare of spares.splice(this.#countOf(demand))) spare.dismiss();
    }
  }
}

/** How many of a kind are kept whatever is configured. */
function leastOf({ permissions }: SpareKind): number {
  return permissions === "inherit" ? 0 : adapter.capabilities.sandboxSpares;
}

/** Whether a thread with these takes so long to start that some are kept in any case. */
export function isSlow(permissions: SpareKind["permissions"]): boolean {
  return permissions !== "inherit" && adapter.capabilities.sandboxSpares > 0;
}
