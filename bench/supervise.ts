// How long is a supervised interpreter away? From the moment at which one is terminated until its
// successor is up, beside a plain create(). What a supervisor adds is the price of its machine, and
// of the thread that is still ending meanwhile.

import { create } from "subinterpreters";
import { supervise } from "subinterpreters/actors";
import { createActor, toPromise } from "xstate";
import { compare, time } from "./harness.ts";

const supervisor = createActor(supervise({ intensity: 1e6, children: [{ id: "worker" }] }));
const isUp = () =>
  new Promise<void>((resolve) => {
    const heard = supervisor.on("up", () => {
      heard.unsubscribe();
      resolve();
    });
  });
const first = isUp();
supervisor.start();
await first;

await compare(
  {
    row: "a supervised interpreter is back after terminate() / create()",
    unit: "ms",
    goal: "<= 1.2",
    samples: 41,
  },
  () => {
    const interpreter = supervisor.getSnapshot().context.children.get("worker")?.interpreter;
    return time(async () => {
      const up = isUp();
      void interpreter?.terminate();
      await up;
    });
  },
  async () => {
    const started = performance.now();
    const interpreter = await create();
    const ms = performance.now() - started;
    await interpreter.terminate();
    return ms;
  },
);
supervisor.send({ type: "SHUTDOWN" });
await toPromise(supervisor);
