// Whether resident memory stays flat over many rounds, once it is warm. What is counted is
// what somebody keeps: when a runtime collects the rest is its own affair.

import assert from "node:assert/strict";
import process from "node:process";
import { collect } from "./collect.ts";

const MIB = 2 ** 20;
const PARTS = 10;
/** So much more than in the rounds before may be resident in the last ones. */
const GROWTH = 1.1;

/** Resident memory at every tenth of so many rounds. */
export class Memory {
  readonly #rounds: number;
  readonly #seen: number[] = [];

  constructor(rounds: number) {
    this.#rounds = rounds;
  }

  /** To be called after each round, with its number from 1. */
  look(round: number): void {
    if (round % Math.ceil(this.#rounds / PARTS) !== 0) return;
    collect();
    this.#seen.push(Math.round(process.memoryUsage.rss() / MIB));
  }

  /** Compares the most of the last four tenths with that of the four before, and prints all. */
  assertFlat(): void {
    const seen = `resident MiB: ${this.#seen.join(" ")}`;
    console.log(seen);
    const most = (from: number, to: number) => Math.max(...this.#seen.slice(from, to));
    assert.ok(most(6, PARTS) <= most(2, 6) * GROWTH, seen);
  }
}
