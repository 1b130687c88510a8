// How many objects that take the system's mappings (confine/reservations.ts) the guests may have.
// A guest asks for some at a time, and keeps what it was granted until it ends.

import { BLOCK } from "../confine/reservations.ts";

/** How many one guest may be granted, together with those that it created. */
export const MAX_GRANTED = 1024;
/** How many all guests may be granted. */
const MAX_OF_ALL = 4 * MAX_GRANTED;

interface Grant {
  readonly counted: number;
  count: number;
}

/** What has been granted. */
export class Reservations {
  readonly #grants = new Map<number, Grant>();
  readonly #counts = new Map<number, number>();
  #ofAll = 0;

  /**
   * Grants a guest some more.
   *
   * @param counted The interpreter that it counts for: the guest, or its first ancestor.
   * @throws {RangeError} There are no more.
   */
  grant(guest: number, counted: number): void {
    const count = this.#counts.get(counted) ?? 0;
    if (count + BLOCK > MAX_GRANTED) {
      throw refusal(`interpreter ${counted}, with those that it created, has ${count}`);
    }
    if (this.#ofAll + BLOCK > MAX_OF_ALL) throw refusal(`all interpreters have ${this.#ofAll}`);
    const grant = this.#grants.get(guest) ?? { counted, count: 0 };
    grant.count += BLOCK;
    this.#grants.set(guest, grant);
    this.#counts.set(counted, count + BLOCK);
    this.#ofAll += BLOCK;
  }

  /** Takes back what a guest had, whose thread is gone. */
  bury(guest: number): void {
    const grant = this.#grants.get(guest);
    if (grant === undefined) return;
    this.#grants.delete(guest);
    const { counted, count } = grant;
    this.#ofAll -= count;
    const left = (this.#counts.get(counted) ?? 0) - count;
    if (left > 0) this.#counts.set(counted, left);
    else this.#counts.delete(counted);
  }
}

function refusal(who: string): RangeError {
  return new RangeError(
    `Cannot reserve memory: ${who} resizable buffers and WebAssembly objects; let some be collected, or use { isolated: false }`,
  );
}
