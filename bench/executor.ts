// Does a pool keep two cores at work? Tiny tasks beside the fastest peers, tasks of 5 ms beside
// the least that two threads can take, and `map` beside the same loop in one thread.

import { availableParallelism } from "node:os";
import { InterpreterPoolExecutor } from "subinterpreters";
import { compare, time } from "./harness.ts";
import { primitive, submitted } from "./peers/ours.ts";
import { TASKS, tasksAlone, tasksOn } from "./peers/tasks_of_5_ms.ts";
import type { StartTeam, Team } from "./peers/team.ts";
import { comlink, poolifier } from "./peers/theirs.ts";

const TINY = 10_000;
const SUM = { a: 20, b: 22 };
const NUMBERS: readonly number[] = Array.from({ length: 1_000_000 }, (_, n) => n);
/** Share of the cores that `map` should use. */
const MAP_SHARE = 0.85;

async function perSecond(team: Team): Promise<number> {
  const ms = await time(() =>
    Promise.all(Array.from({ length: TINY }, () => team.call("add", SUM)))
  );
  return TINY / ms * 1000;
}

const one = await submitted(1);
const peers: Readonly<Record<string, StartTeam>> = { comlink, poolifier };
for (const [name, start] of Object.entries(peers)) {
  const peer = await start(1);
  await compare(
    { row: `10,000 tiny tasks at once, submit() / ${name}`, unit: "calls/s", goal: ">= 2" },
    () => perSecond(one),
    () => perSecond(peer),
  );
  await peer.stop();
}
await one.stop();

const ideal = "half of one thread";
const teams: readonly (readonly [by: string, start: StartTeam, goal: string])[] = [
  ["submit()", submitted, "<= 1.03"],
  ["bare workers", primitive, "-"],
];
for (const [by, start, goal] of teams) {
  const two = await start(2);
  await compare(
    { row: `${TASKS} tasks of 5 ms on two threads, ${by} / ${ideal}`, unit: "ms", goal },
    () => tasksOn(two),
    tasksAlone,
  );
  await two.stop();
}

/** A microsecond of work. Without `| 0` V8 takes four times as long, in the loop of the host alone. */
const work = (n: number): number => {
  let x = n | 0;
  for (let i = 0; i < 900; i++) x = (Math.imul(x, 1_103_515_245) + 12_345) | 0;
  return x;
};
const cores = availableParallelism();
const pool = new InterpreterPoolExecutor({ maxWorkers: cores });
await compare(
  {
    row: "map over 1,000,000 numbers, 1 µs each / the same loop in the host",
    unit: "ms",
    goal: `<= ${(1 / (MAP_SHARE * cores)).toFixed(2)}`,
    samples: 5,
  },
  () =>
    time(async () => {
      let sum = 0;
      for await (const x of pool.map(work, NUMBERS, { chunksize: "auto" })) sum += x;
      return sum;
    }),
  () =>
    time(() => {
      let sum = 0;
      for (const n of NUMBERS) sum += work(n);
      return sum;
    }),
);
await pool.shutdown();
