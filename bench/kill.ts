// How soon is a run told that it is stopped, how soon is its thread gone, and what does the
// program do meanwhile? The control is worker.terminate() of a bare worker in a loop. On Deno and
// Bun that resolves at once and the loop goes on, so there the goals are in milliseconds.

import { setTimeout as sleep } from "node:timers/promises";
import { create, createChannel, type Interpreter } from "subinterpreters";
import { BARE, bareWorker, compare, next, worstGap } from "./harness.ts";

/** So long a bare worker loops: no terminate() of Deno or Bun ends it. */
const LOOP_MS = 200;
const LOOP = "begun.sendNowait(1); for (;;);";

/** An interpreter in an endless loop, and the run. */
async function looping(): Promise<{ interpreter: Interpreter; run: Promise<unknown> }> {
  const interpreter = await create();
  const [recv, begun] = createChannel();
  const run = interpreter.run(LOOP, { channels: { begun } }).catch(() => {});
  await recv.recv();
  return { interpreter, run };
}

async function bareLooping(): Promise<ReturnType<typeof bareWorker>> {
  const worker = bareWorker(BARE);
  await next(worker);
  const begun = next(worker);
  worker.post({ loop: LOOP_MS });
  await begun;
  return worker;
}

/** Waits, and ends a bare worker: milliseconds until its terminate() resolves. */
async function bareKill(waitMs = 0): Promise<number> {
  const worker = await bareLooping();
  const start = performance.now();
  if (waitMs > 0) await sleep(waitMs);
  await worker.terminate();
  const ms = performance.now() - start;
  await sleep(LOOP_MS);
  return ms;
}

await compare(
  {
    row: "terminate() of an endless loop until its run ends / worker.terminate() of one",
    unit: "ms",
    goal: "ours < 50 ms",
  },
  async () => {
    const { interpreter, run } = await looping();
    const start = performance.now();
    const ended = interpreter.terminate();
    await run;
    const ms = performance.now() - start;
    await ended;
    return ms;
  },
  () => bareKill(),
);

await compare(
  {
    row: "terminate() of an endless loop until it resolves / worker.terminate() of one",
    unit: "ms",
    goal: "ours < 50 ms",
  },
  async () => {
    const { interpreter } = await looping();
    const start = performance.now();
    await interpreter.terminate();
    return performance.now() - start;
  },
  () => bareKill(),
);

const TIMEOUT_MS = 20;
await compare(
  {
    row: `timeout of ${TIMEOUT_MS} ms until the run ends / worker.terminate() after as long`,
    unit: "ms",
    goal: "<= 2",
  },
  async () => {
    const interpreter = await create();
    await interpreter.run("");
    const start = performance.now();
    await interpreter.run("for (;;);", { timeout: TIMEOUT_MS }).catch(() => {});
    const ms = performance.now() - start;
    await interpreter.terminate();
    return ms;
  },
  () => bareKill(TIMEOUT_MS),
);

const TEAM = 3;
await compare(
  {
    row: `worst gap while ${TEAM} endless loops are terminated / ${TEAM} bare workers`,
    unit: "ms",
    goal: "ours < 100 ms",
  },
  async () => {
    const team = await Promise.all(Array.from({ length: TEAM }, looping));
    return await worstGap(() => Promise.all(team.map((one) => one.interpreter.terminate())));
  },
  async () => {
    const team = await Promise.all(Array.from({ length: TEAM }, bareLooping));
    const gap = await worstGap(() => Promise.all(team.map((one) => one.terminate())));
    await sleep(LOOP_MS);
    return gap;
  },
);
