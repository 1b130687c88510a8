// What each guest may reach, and how much it may hold. A sandbox (an interpreter with
// permissions) reaches the channels and queues that it made or was handed, and the interpreters
// that it created; every guest reaches the pools that it was handed. The host decides, because a
// guest may forge ids.

import { isSubset } from "../api/permissions.ts";
import { notFoundError } from "../channel/names.ts";
import { isPoolKey } from "../codec/handles.ts";
import { InterpreterError, InterpreterNotFoundError, UnsupportedError } from "../errors.ts";
import type { CheckedCreateOptions } from "../protocol/options.ts";

/** How many live interpreters one guest may have created, counting those that they created. */
export const MAX_DESCENDANTS = 64;
/** How many requests of one guest may wait for an answer. */
export const MAX_REQUESTS = 10_000;
/** When a guest has met so many channels, the closed ones are dropped from its list. */
const MIN_PRUNE = 10_000;

const MAIN = 0;

interface Guest {
  readonly creator: number;
  /** The interpreter of the program's that it comes from: itself, its creator, its creator's… */
  readonly root: number;
  readonly options: CheckedCreateOptions;
  /** Keys that it made or was handed: of pools, and in sandboxes of channels and queues. */
  readonly reached: Set<number>;
  pruneAt: number;
  requests: number;
}

/** What guests may do to each other and to channels. */
export class Access {
  readonly #guests = new Map<number, Guest>();
  readonly #isOpen: (channel: number) => boolean;

  /** @param isOpen Whether there is still something of that key. */
  constructor(isOpen: (channel: number) => boolean) {
    this.#isOpen = isOpen;
  }

  /** Remembers an interpreter that is being created. */
  add(id: number, creator: number, options: CheckedCreateOptions): void {
    const reached = new Set<number>();
    const root = this.#guests.get(creator)?.root ?? id;
    this.#guests.set(id, { creator, root, options, reached, pruneAt: MIN_PRUNE, requests: 0 });
  }

  /** The interpreter of the program's that an interpreter comes from; `undefined` for the program. */
  rootOf(id: number): number | undefined {
    return this.#guests.get(id)?.root;
  }

  /** Forgets an interpreter whose thread is gone; its creator has those now that it created. */
  remove(id: number): void {
    const creator = this.#guests.get(id)?.creator ?? MAIN;
    this.#guests.delete(id);
    for (const [child, guest] of this.#guests) {
      if (guest.creator === id) this.#guests.set(child, { ...guest, creator });
    }
  }

  /**
   * The options of an interpreter that a guest creates; what they leave out comes from the
   * guest's own options, not from the process.
   *
   * @param waiting How many more of its creations wait for their turn.
   */
  inherit(
    creator: number,
    options: CheckedCreateOptions,
    waiting: number = 0,
  ): CheckedCreateOptions {
    const own = this.#guests.get(creator)?.options;
    if (own === undefined) return options;
    const what = "Cannot create an interpreter";
    if (own.isolated && !options.isolated) {
      throw new InterpreterError(
        `${what} with { isolated: false }: its creator, interpreter ${creator}, is isolated`,
      );
    }
    const permissions = options.permissions === "inherit" ? own.permissions : options.permissions;
    if (!isSubset(permissions, own.permissions)) {
      throw new UnsupportedError(
        `${what}: permissions exceed those of its creator, interpreter ${creator}; ask for a part of them`,
      );
    }
    if (this.#descendants(creator) + waiting >= MAX_DESCENDANTS) {
      throw new InterpreterError(
        `${what}: interpreter ${creator} has ${MAX_DESCENDANTS} already; close some`,
      );
    }
    return { ...options, permissions, env: options.env ?? own.env };
  }

  /** Whether a guest may know of an interpreter, run source in it and end it. */
  sees(caller: number, id: number): boolean {
    if (this.#sandboxed(caller) === undefined) return true;
    return id === MAIN || id === caller || this.#guests.get(id)?.creator === caller;
  }

  /** Throws, as for an id that there is not, if a guest may not know of an interpreter. */
  checkSees(caller: number, id: number): void {
    if (this.sees(caller, id)) return;
    throw new InterpreterNotFoundError(`Cannot use interpreter ${id}: no interpreter has that id`);
  }

  /** Whether an interpreter may use a channel, a queue or a pool by its key. */
  reaches(caller: number, channel: number): boolean {
    if (isPoolKey(channel)) {
      return caller === MAIN || this.#guests.get(caller)?.reached.has(channel) === true;
    }
    return this.#sandboxed(caller)?.reached.has(channel) ?? true;
  }

  /** Throws, as for an id that there is not, if a guest may not use what has that key. */
  checkReaches(caller: number, channel: number): void {
    if (this.reaches(caller, channel)) return;
    throw notFoundError(channel);
  }

  /** Lets an interpreter use what it has made or is handed. */
  grant(id: number, channel: number): void {
    const guest = isPoolKey(channel) ? this.#guests.get(id) : this.#sandboxed(id);
    if (guest === undefined) return;
    const { reached } = guest;
    reached.add(channel);
    if (reached.size < guest.pruneAt) return;
    for (const one of reached) if (!this.#isOpen(one)) reached.delete(one);
    guest.pruneAt = Math.max(MIN_PRUNE, 2 * reached.size);
  }

  /** Counts a request; throws if too many are unanswered. */
  begin(caller: number): void {
    const guest = this.#guests.get(caller);
    if (guest === undefined) return;
    if (guest.requests >= MAX_REQUESTS) {
      throw new InterpreterError(
        `Cannot ask for more: ${MAX_REQUESTS} requests of interpreter ${caller} are unanswered; await some`,
      );
    }
    guest.requests++;
  }

  /** A request has been answered. */
  end(caller: number): void {
    const guest = this.#guests.get(caller);
    if (guest !== undefined) guest.requests--;
  }

  /** What is known of an interpreter, if it is sandboxed: if it has permissions of its own. */
  #sandboxed(id: number): Guest | undefined {
    const guest = this.#guests.get(id);
    return guest?.options.permissions === "inherit" ? undefined : guest;
  }

  #descendants(ancestor: number): number {
    let most = 0;
    // Each counts for all that it comes from: a chain of creators must not multiply the limit.
    for (let id = ancestor; id !== MAIN; id = this.#guests.get(id)?.creator ?? MAIN) {
      const isBelow = (one: number): boolean =>
        one !== MAIN && (one === id || isBelow(this.#guests.get(one)?.creator ?? MAIN));
      let count = -1;
      for (const other of this.#guests.keys()) if (isBelow(other)) count++;
      most = Math.max(most, count);
    }
    return most;
  }
}
