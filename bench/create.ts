// How much longer does create() take than a bare worker of the same kind, from
// `new` to its first message? And create() with a first run, which loads the rest? And
// both where a spare waits?

import { setTimeout as sleep } from "node:timers/promises";
import { configure, create } from "subinterpreters";
import { BARE, bareWorker, compare, next, time } from "./harness.ts";

const bare = async () => {
  const started = performance.now();
  const worker = bareWorker(BARE);
  await next(worker);
  const ms = performance.now() - started;
  await worker.terminate();
  return ms;
};

await compare(
  {
    row: "create() to idle / bare worker to first message",
    unit: "ms",
    goal: "<= 1.1",
    samples: 25,
  },
  async () => {
    const started = performance.now();
    const interpreter = await create();
    const ms = performance.now() - started;
    await interpreter.terminate();
    return ms;
  },
  bare,
);

await compare(
  {
    row: "create() and a first run / bare worker to first message",
    unit: "ms",
    goal: "<= 1.5, on Bun 4",
    samples: 25,
  },
  async () => {
    const started = performance.now();
    const interpreter = await create();
    await interpreter.run("1");
    const ms = performance.now() - started;
    await interpreter.terminate();
    return ms;
  },
  bare,
);

/** Longer than a thread takes to load in the background, on every runtime. */
const WARM_MS = 400;
configure({ spares: 1 });
for (const run of ["", " and a first run"]) {
  await compare(
    {
      row: `create() with a spare${run} / bare worker to first message`,
      unit: "ms",
      goal: run === "" ? "ours < 1 ms" : "ours < 2 ms",
    },
    async () => {
      await sleep(WARM_MS);
      const started = performance.now();
      const interpreter = await create();
      if (run !== "") await interpreter.run("1");
      const ms = performance.now() - started;
      await interpreter.terminate();
      return ms;
    },
    bare,
  );
}
configure({ spares: 0 });

const interpreter = await create();
const worker = bareWorker(BARE);
await next(worker);
const ROUNDS = 2000;

await compare(
  { row: 'run("") / postMessage round trip', unit: "µs", goal: "<= 1.2, on Bun 1.5" },
  async () =>
    await time(async () => {
      for (let n = 0; n < ROUNDS; n++) await interpreter.run("");
    }) * 1000 / ROUNDS,
  async () =>
    await time(async () => {
      for (let n = 0; n < ROUNDS; n++) {
        const answered = next(worker);
        worker.post({ echo: n });
        await answered;
      }
    }) * 1000 / ROUNDS,
);
await interpreter.terminate();
await worker.terminate();
