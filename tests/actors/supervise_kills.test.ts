// Interpreters that are killed at random moments, in trees of each strategy: `RUNS=300` kills more.
// Afterwards each child is there once, under its name, and no other interpreter is left.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import { ChannelEmptyError, createChannel, type Interpreter, listAll } from "subinterpreters";
import { supervise, type SupervisionActorRef } from "subinterpreters/actors";
import { createActor, toPromise } from "xstate";
import { randomFrom, seeded } from "../helpers/seed.ts";
import { until } from "../helpers/until.ts";

const SOURCE = `
  import { getCurrent } from "subinterpreters";
  for await (const order of orders) {
    if (order === "exit") process.exit(1);
    if (order === "throw") throw new Error("flaky");
    answers.sendNowait(getCurrent().id);
  }
`;
const NAMES = ["idle", "first", "inner idle", "second"];

/** Two children that take orders, one of them below another supervisor, and two idle ones. */
function tree(strategy: "one_for_one" | "one_for_all" | "rest_for_one") {
  const limits = { strategy, intensity: 1e6 };
  const workers = ["first", "second"].map((id) => {
    const [orders, order] = createChannel<string>();
    const [answers, toAnswers] = createChannel<number>();
    const channels = { orders, answers: toAnswers };
    return { orders, order, answers, child: { id, systemId: id, source: SOURCE, channels } };
  });
  const [first, second] = workers.map(({ child }) => child);
  const inner = supervise({
    ...limits,
    children: [{ id: "inner idle", systemId: "inner idle" }, second!],
  });
  const supervisor: SupervisionActorRef = createActor(supervise({
    ...limits,
    children: [{ id: "idle", systemId: "idle" }, first!, { id: "inner", src: inner }],
  })).start();
  const innerState = () => supervisor.getSnapshot().context.children.get("inner")?.actor;
  const isWhole = () =>
    supervisor.getSnapshot().value === "running" &&
    innerState()?.getSnapshot().value === "running" &&
    present().every((one) => one !== undefined && listAll().includes(one));
  const present = (): (Interpreter | undefined)[] =>
    NAMES.map((name) => supervisor.system.get(name)?.getSnapshot().context.interpreter);
  return { supervisor, workers, isWhole, present };
}

type Worker = ReturnType<typeof tree>["workers"][number];

/** Resolves when all orders so far have been carried out. */
async function untilAnswered({ order, answers }: Worker): Promise<void> {
  for (;;) {
    order.sendNowait("answer");
    try {
      await answers.recv({ timeout: 5_000 });
      return;
    } catch (error) {
      // It ended with the order in its hand, because of another's end.
      if (!(error instanceof ChannelEmptyError)) throw error;
    }
  }
}

for (const strategy of ["one_for_one", "one_for_all", "rest_for_one"] as const) {
  test(`supervise() with ${strategy} is whole after interpreters were killed at random`, {
    timeout: 600_000,
  }, async () => {
    const { seed, numRuns } = seeded({ numRuns: 10 });
    const random = randomFrom(seed);
    const one = <T>(items: readonly T[]): T | undefined =>
      items[Math.floor(random() * items.length)];
    const { supervisor, workers, isWhole, present } = tree(strategy);
    const withinMs = 120_000;
    for (let kills = 0; kills < numRuns;) {
      // Some come in a row, before what they meet is there again.
      const moment = random();
      if (moment < 0.3) await until(isWhole, { withinMs });
      else if (moment < 0.6) await pause(random() * 10);
      else await turn();
      const way = random();
      const victim = one(listAll().filter(({ id }) => id !== 0));
      if (way < 0.6 && victim !== undefined) void victim.terminate(`kill ${kills}`);
      else if (way < 0.6) continue;
      else one(workers)!.order.sendNowait(way < 0.8 ? "exit" : "throw");
      kills++;
    }
    for (const worker of workers) await untilAnswered(worker);
    await until(isWhole, { withinMs });
    const children = present();
    assert.equal(new Set(children).size, NAMES.length);
    // Nobody is there but they, and the main interpreter.
    assert.deepEqual(
      listAll().map(({ id }) => id).toSorted((a, b) => a - b),
      [0, ...children.map((child) => child!.id)].toSorted((a, b) => a - b),
    );
    for (const [at, { order, orders, answers }] of workers.entries()) {
      // What was asked twice is answered twice.
      await until(() => orders.length === 0, { withinMs });
      while (answers.recvNowait(0) !== 0);
      order.sendNowait("answer");
      assert.equal(await answers.recv(), children[at === 0 ? 1 : 3]!.id);
    }
    assert.equal(await children[0]!.evaluate("6 * 7"), 42);
    supervisor.send({ type: "SHUTDOWN" });
    assert.equal((await toPromise(supervisor)).reason, "shut down");
    assert.deepEqual(listAll().map(({ id }) => id), [0]);
  });
}
