// Interpreters as the children of a supervisor.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import {
  configure,
  createChannel,
  type Interpreter,
  listAll,
  RunFailedError,
  UnsupportedError,
} from "subinterpreters";
import {
  fromInterpreter,
  type InterpreterChild,
  type LogicChild,
  supervise,
  type SuperviseOptions,
  type SupervisionActorRef,
} from "subinterpreters/actors";
import { createActor, toPromise, waitFor } from "xstate";
import { runtime } from "../helpers/runtime.ts";

type Options = Partial<Omit<SuperviseOptions, "children">>;

/** A started supervisor that ends with the test. */
function started(
  t: TestContext,
  children: readonly (InterpreterChild | LogicChild)[],
  options: Options = {},
): SupervisionActorRef {
  const supervisor = createActor(supervise({ intensity: 100, ...options, children })).start();
  t.after(async () => {
    if (supervisor.getSnapshot().status === "active") supervisor.send({ type: "SHUTDOWN" });
    await toPromise(supervisor);
  });
  return supervisor;
}

/** The interpreter of a child that has been started again so often. */
async function present(
  supervisor: SupervisionActorRef,
  id: string,
  restarts = 0,
): Promise<Interpreter> {
  const { context } = await waitFor(supervisor, ({ context: { children } }) => {
    const child = children.get(id);
    return child?.interpreter !== undefined && child.restarts >= restarts;
  });
  return context.children.get(id)!.interpreter!;
}

const ENDS: readonly [how: string, end: (one: Interpreter) => unknown][] = [
  ["is terminated", (one) => one.terminate("enough")],
  ["is closed", (one) => one.close()],
  ["exits", (one) => one.run("process.exit(3)")],
  ["takes too long", (one) => one.run("for (;;);", { timeout: 20 })],
];

for (const [how, end] of ENDS) {
  test(`supervise() starts an interpreter again that ${how}, under the same name`, async (t) => {
    const supervisor = started(t, [{ id: "worker", systemId: "worker" }]);
    const first = await present(supervisor, "worker");
    assert.equal(supervisor.system.get("worker").getSnapshot().context.interpreter, first);
    await Promise.resolve(end(first)).catch(() => {});
    const second = await present(supervisor, "worker", 1);
    assert.notEqual(second, first);
    assert.equal(supervisor.system.get("worker").getSnapshot().context.interpreter, second);
    assert.equal(await second.evaluate("6 * 7"), 42);
    assert.deepEqual([listAll().includes(first), listAll().includes(second)], [false, true]);
  });
}

test("supervise() starts an interpreter again whose source throws, and ends the one that threw", async (t) => {
  const [runs, send] = createChannel();
  const [orders, order] = createChannel();
  const source =
    "runs.sendNowait(0); if (await orders.recv() === 'throw') throw new TypeError('flaky')";
  const child = { id: "worker", source, channels: { runs: send, orders } };
  const supervisor = started(t, [child]);
  const ends: unknown[] = [];
  supervisor.on("ended", ({ reason, error }) => ends.push(reason, (error as Error).name));
  await runs.recv();
  const first = await present(supervisor, "worker");
  order.sendNowait("throw");
  await runs.recv();
  assert.deepEqual(ends, ["TypeError: flaky", "RunFailedError"]);
  assert.equal(listAll().includes(first), false);
});

test("supervise() takes source that is done for a normal end, and closes its interpreter", async (t) => {
  const supervisor = started(t, [
    { id: "once", source: "globalThis.done = true", restart: "transient" },
    { id: "stays", source: "globalThis.answer = 42", staysIdle: true },
  ]);
  const { context } = await waitFor(
    supervisor,
    ({ context: { children } }) =>
      children.get("once")?.phase === "over" && children.get("stays")?.phase === "up",
  );
  assert.equal(context.children.get("once")?.interpreter, undefined);
  const stays = await present(supervisor, "stays");
  assert.equal(listAll().length, 2);
  // It is up when its source is done.
  assert.equal(await stays.evaluate("globalThis.answer"), 42);
});

test("supervise() gives the channels of a child to each of its interpreters, and items wait meanwhile", async (t) => {
  const [jobs, toJobs] = createChannel<number | string>();
  const [results, toResults] = createChannel<number>();
  const source = `
    for await (const job of jobs) {
      if (job === "exit") process.exit(1);
      if (job === "throw") throw new Error("flaky");
      results.sendNowait(job * factor);
    }
  `;
  started(t, [
    { id: "worker", source, channels: { jobs, results: toResults }, values: { factor: 2 } },
  ]);
  // They are sent while the child is down, or is not there yet.
  for (const job of [1, "exit", 2, "throw", "exit", 3]) toJobs.sendNowait(job);
  const got = [await results.recv(), await results.recv(), await results.recv()];
  assert.deepEqual(got, [2, 4, 6]);
  assert.equal(jobs.length, 0);
});

test("supervise() lets two children talk on, whichever of them is started again", async (t) => {
  const [numbers, toNumbers] = createChannel();
  const [orders, order] = createChannel();
  const [sums, toSums] = createChannel<number>();
  const supervisor = started(t, [
    {
      id: "producer",
      source: "for await (const n of orders) toNumbers.sendNowait(n)",
      channels: { orders, toNumbers },
    },
    {
      id: "consumer",
      source: "for await (const n of numbers) sums.sendNowait(n + 1)",
      channels: { numbers, sums: toSums },
    },
  ]);
  for (const [round, victim] of (["producer", "consumer", "producer"] as const).entries()) {
    order.sendNowait(round);
    assert.equal(await sums.recv(), round + 1);
    const restarts = supervisor.getSnapshot().context.children.get(victim)!.restarts;
    await (await present(supervisor, victim)).terminate();
    await present(supervisor, victim, restarts + 1);
  }
});

test("supervise() starts children in order, each when the one before is there", async (t) => {
  const up: string[] = [];
  const children = ["a", "b", "c"].map((id) => ({ id }));
  const supervisor = createActor(supervise({ strategy: "rest_for_one", children }));
  supervisor.on("*", ({ type, child }) => up.push(`${type} ${child}`));
  const states: string[] = [];
  supervisor.subscribe(({ context }) =>
    states.push([...context.children.values()].map(({ phase }) => phase).join(" "))
  );
  supervisor.start();
  t.after(() => {
    supervisor.stop();
  });
  await waitFor(supervisor, ({ value }) => value === "running");
  assert.deepEqual(up.splice(0), ["up a", "up b", "up c"]);
  assert.ok(!states.includes("starting starting down"));
  states.splice(0);
  const b = supervisor.getSnapshot().context.children.get("b")!.interpreter!;
  await b.terminate();
  await waitFor(supervisor, ({ value }) => value === "running");
  assert.deepEqual(up, ["ended b", "restarting b", "up b", "up c"]);
  assert.deepEqual(
    states.filter((state, at) => state !== states[at - 1]),
    ["up down stopping", "up starting down", "up up starting", "up up up"],
  );
});

test("supervise() does not run source before the thread of the last one is gone", async (t) => {
  const [log, send] = createChannel<string>();
  const source = `
    import { signal, getCurrent } from "subinterpreters";
    const { id } = getCurrent();
    log.sendNowait("begin " + id);
    signal.addEventListener("abort", () => setTimeout(() => log.sendNowait("end " + id), 20));
    await new Promise(() => {});
  `;
  // The next one is there before the last one is gone.
  configure({ spares: 2 });
  t.after(() => configure({ spares: 0 }));
  const supervisor = started(t, [{ id: "worker", source, channels: { log: send } }]);
  let last = 0;
  for (let n = 0; n < 5; n++) {
    const interpreter = await present(supervisor, "worker", n);
    const begin = `begin ${interpreter.id}`;
    let said = await log.recv();
    // On a busy machine one may be killed before it says that it ends.
    if (said !== begin) {
      assert.equal(said, `end ${last}`);
      said = await log.recv();
    }
    assert.equal(said, begin);
    last = interpreter.id;
    void interpreter.terminate();
  }
});

test("supervise() does not run source before the thread of one that never was up is gone", async (t) => {
  const [log, send] = createChannel<string>();
  const source = `
    import { signal, getCurrent } from "subinterpreters";
    const { id } = getCurrent();
    log.sendNowait("begin " + id);
    signal.addEventListener("abort", () => setTimeout(() => log.sendNowait("end " + id), 15));
    throw new Error("before it is up");
  `;
  configure({ spares: 2 });
  t.after(() => configure({ spares: 0 }));
  const worker = { id: "worker", source, staysIdle: true, channels: { log: send } };
  const supervisor = started(t, [worker], { intensity: 10, period: 600_000 });
  await toPromise(supervisor);
  const said: string[] = [];
  for (let text; (text = log.recvNowait("none")) !== "none";) said.push(text);
  const begun = said.filter((text) => text.startsWith("begin"));
  assert.equal(begun.length, 11);
  // On a busy machine one may be killed before it says that it ends.
  const ends = new Set(said);
  const inOrder = begun.map((begin) => begin.replace("begin", "end"))
    .flatMap((end, at) => [begun[at], ...ends.has(end) ? [end] : []]);
  assert.deepEqual(said, inOrder);
});

test("supervise() starts fromInterpreter() again as it does its own, and ends it in order", async (t) => {
  const src = fromInterpreter({ name: "owned" });
  const supervisor = started(t, [
    { id: "owned", systemId: "owned", src, restart: "transient" },
    { id: "other" },
  ], { strategy: "one_for_all" });
  const first = await present(supervisor, "owned");
  const other = await present(supervisor, "other");
  await first.terminate("enough");
  const second = await present(supervisor, "owned", 1);
  assert.notEqual(second, first);
  assert.equal(listAll().includes(other), false);
  await waitFor(supervisor, ({ value }) => value === "running");
  // That is no failure, so it does not come back.
  await second.run("process.exit(0)").catch(() => {});
  await waitFor(supervisor, ({ context }) => context.children.get("owned")?.phase === "over");
  assert.equal(supervisor.getSnapshot().value, "running");
});

test("supervise() gives up on interpreters, leaves none of them, and ends no process", async () => {
  const supervisor = createActor(supervise({
    strategy: "one_for_all",
    intensity: 2,
    period: 60_000,
    children: [{ id: "idle" }, { id: "flaky", source: "throw new Error('always')" }],
  })).start();
  const { reason, child, error } = await toPromise(supervisor);
  assert.deepEqual([reason, child], ["gave up", "flaky"]);
  assert.match(
    error?.message ?? "",
    /more than 2 restarts within 60000 ms; it ended last with: Er/,
  );
  assert.ok(error?.cause instanceof RunFailedError);
  assert.deepEqual(listAll().map(({ id }) => id), [0]);
});

test("supervise() gives up on an interpreter that cannot be created, and says why", async () => {
  const create = runtime === "deno"
    ? { limits: { stackMiB: 2 } }
    : { permissions: "none" } as const;
  const supervisor = createActor(supervise({ children: [{ id: "a", create }] })).start();
  const { reason, error } = await toPromise(supervisor);
  assert.equal(reason, "gave up");
  assert.ok(error?.cause instanceof UnsupportedError);
});

test("supervise() counts restarts in a row of a child that never is up, however long it tries", async () => {
  const attempts: number[] = [];
  const source = "await new Promise((resolve) => setTimeout(resolve, 20)); throw new Error('no')";
  const supervisor = createActor(supervise({
    intensity: 100,
    period: 10,
    backoff: (attempt) => attempts.push(attempt) < 3 ? 0 : NaN,
    children: [{ id: "slow", source, staysIdle: true }],
  })).start();
  assert.equal((await toPromise(supervisor)).reason, "gave up");
  assert.deepEqual(attempts, [1, 2, 3]);
});

test("supervise() that is stopped while its interpreters are created leaves none", async () => {
  const supervisor = createActor(supervise({ children: [{ id: "a" }, { id: "b" }] })).start();
  supervisor.stop();
  const other = createActor(supervise({ children: [{ id: "a" }] })).start();
  await waitFor(other, ({ value }) => value === "running");
  assert.equal(listAll().length, 2);
  other.send({ type: "SHUTDOWN" });
  await toPromise(other);
  assert.equal(listAll().length, 1);
});

test("supervise() shuts down while its interpreters are created or restarted, and leaves none", async () => {
  const supervisor = createActor(supervise({ children: [{ id: "a" }, { id: "b" }] })).start();
  supervisor.send({ type: "SHUTDOWN" });
  assert.equal((await toPromise(supervisor)).reason, "shut down");
  const again = createActor(supervise({ children: [{ id: "a" }, { id: "b" }] })).start();
  const { context } = await waitFor(again, ({ value }) => value === "running");
  void context.children.get("a")?.interpreter?.terminate();
  await waitFor(again, ({ value }) => value === "restarting");
  again.send({ type: "SHUTDOWN" });
  assert.equal((await toPromise(again)).reason, "shut down");
  assert.deepEqual(listAll().map(({ id }) => id), [0]);
});
