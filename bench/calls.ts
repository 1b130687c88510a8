// What does a call cost on an interpreter that has nothing else to do, beside a round trip of
// postMessage and beside comlink? And an asynchronous generator, beside a message and an
// acknowledgement each?

import { create } from "subinterpreters";
import { BARE, bareWorker, compare, next, time } from "./harness.ts";
import { primitive } from "./peers/ours.ts";
import { beside } from "./peers/team.ts";
import { comlink } from "./peers/theirs.ts";

const CALLS = 2000;
const ITEMS = 100_000;
/** A message and an acknowledgement each take long: fewer are enough. */
const ACKNOWLEDGED = 5_000;
const SUM = { a: 20, b: 22 };
const add = ({ a, b }: { a: number; b: number }): number => a + b;

const interpreter = await create();
const [control, peer] = [await primitive(1), await comlink(1)];
const remote = await interpreter.import<{ add: typeof add }>(beside("tasks.mjs"));
interface Items {
  items(count: number): AsyncGenerator<{ i: number; s: string }>;
}
const producer = await interpreter.import<Items>(new URL("./items.mjs", import.meta.url));
const echo = bareWorker(BARE);
await next(echo);

/** Microseconds of one call of many, each of which waits for the one before. */
async function each(call: () => unknown): Promise<number> {
  const ms = await time(async () => {
    for (let n = 0; n < CALLS; n++) await call();
  });
  return ms * 1000 / CALLS;
}

const ours = {
  "a call of a module's function": () => each(() => remote.add(SUM)),
  "interpreter.call()": () => each(() => interpreter.call(add, SUM)),
};
for (const [way, ofWay] of Object.entries(ours)) {
  await compare(
    { row: `${way} / postMessage and back`, unit: "µs", goal: "<= 1.1" },
    ofWay,
    () => each(() => control.call("add", SUM)),
  );
  await compare(
    { row: `${way} / comlink`, unit: "µs", goal: "<= 1" },
    ofWay,
    () => each(() => peer.call("add", SUM)),
  );
}
await compare(
  {
    row: "an async generator of 100,000 objects / a message and an acknowledgement each",
    unit: "ms",
    goal: "<= 0.2",
    samples: 5,
  },
  () =>
    time(async () => {
      for await (const _ of producer.items(ITEMS));
    }),
  async () => {
    const ms = await time(async () => {
      for (let i = 0; i < ACKNOWLEDGED; i++) {
        echo.post({ echo: { i, s: "ab" } });
        await next(echo);
      }
    });
    return ms * ITEMS / ACKNOWLEDGED;
  },
);
await Promise.all([interpreter.terminate(), control.stop(), peer.stop(), echo.terminate()]);
