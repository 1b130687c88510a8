// Waiting for a state that announces itself by no event. Looks again every few
// milliseconds and fails at a deadline, so a test never sleeps for a guessed time.

import { setTimeout as pause } from "node:timers/promises";

const PERIOD_MS = 5;

/** How {@linkcode until} waits. */
export interface UntilOptions {
  /** Milliseconds after which to give up. @default 5000 */
  readonly withinMs?: number;
  /** What is waited for, for the error. @default the condition's text */
  readonly what?: string;
}

/** Resolves when the condition holds; rejects when it does not hold in time. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { withinMs = 5_000, what = String(condition) }: UntilOptions = {},
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await pause(PERIOD_MS);
  }
}
