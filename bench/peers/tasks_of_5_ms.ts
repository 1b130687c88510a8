// Work for two cores: many tasks of some 5 milliseconds. The least that two threads can take is
// half of what one takes that does nothing else.

import { time } from "../harness.ts";
import { primes } from "./ours.ts";
import type { Team } from "./team.ts";

/** How many tasks. */
export const TASKS = 200;
const PRIMES = { limit: 100_000 };

/** Milliseconds of all tasks on the threads of a team. */
export function tasksOn(team: Team): Promise<number> {
  return time(() => Promise.all(Array.from({ length: TASKS }, () => team.call("primes", PRIMES))));
}

/** Half of the milliseconds that all tasks take one after the other in this thread. */
export async function tasksAlone(): Promise<number> {
  const ms = await time(() => {
    for (let n = 0; n < TASKS; n++) primes(PRIMES);
  });
  return ms / 2;
}
