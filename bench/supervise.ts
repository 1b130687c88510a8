// How long is a supervised interpreter away? From the moment at which one has ended until its
// successor is up, beside a plain create(). What a supervisor adds is the price of its machine, and
// of the thread that is still ending meanwhile.

import { create } from "subinterpreters";
import { supervise } from "subinterpreters/actors";
import { createActor, toPromise } from "xstate";
import { compare } from "./harness.ts";

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
    row: "a supervised interpreter, from its end to the next / create()",
    unit: "ms",
    goal: "<= 1.2",
    samples: 41,
  },
  async () => {
    const interpreter = supervisor.getSnapshot().context.children.get("worker")?.interpreter;
    let ended = NaN;
    interpreter?.actor.subscribe(() => {
      ended = performance.now();
    });
    const up = isUp();
    void interpreter?.terminate();
    await up;
    return performance.now() - ended;
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
