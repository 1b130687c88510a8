// What `snapshot()` tells.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createChannel,
  createQueue,
  type Interpreter,
  InterpreterPoolExecutor,
} from "subinterpreters";
import { type InterpreterView, snapshot } from "subinterpreters/inspect";
import { runtime } from "../helpers/runtime.ts";
import { scoped } from "../helpers/interpreter.ts";
import { until } from "../helpers/until.ts";

async function viewOf({ id }: Interpreter): Promise<InterpreterView | undefined> {
  const { interpreters } = await snapshot();
  return interpreters.find((view) => view.id === id);
}

test("snapshot() is plain JSON, with the process", async () => {
  const taken = await snapshot();
  assert.deepEqual(JSON.parse(JSON.stringify(taken)), taken);
  assert.equal(taken.version, 1);
  assert.equal(taken.process.runtime.toLowerCase(), runtime);
  assert.equal(taken.process.pid, process.pid);
  assert.ok((taken.process.memory ?? 0) > 0);
  assert.match(taken.process.version, /^\d+\./);
  assert.ok(taken.recordedSince <= taken.time && taken.time <= Date.now());
});

test("snapshot() has an interpreter while it exists, and tells why it ended", async () => {
  const begun = Date.now();
  const interpreter = await create({ name: "short", isolated: false });
  const { id } = interpreter;
  const view = await viewOf(interpreter);
  assert.ok(view !== undefined);
  const { created, cpuTime, cpu, heapUsed, heapTotal, ...rest } = view;
  assert.deepEqual(rest, {
    ...{ id, name: "short", isolated: false, creator: 0 },
    ...{ state: "idle", run: null, runs: 0 },
  });
  assert.ok(created !== null && created >= begun - 1 && created <= Date.now() + 1);
  for (const figure of [cpuTime, cpu, heapUsed, heapTotal]) {
    assert.ok(figure === null || figure >= 0);
  }
  await interpreter.terminate("enough");
  await until(async () => await viewOf(interpreter) === undefined);
  const { ended } = await snapshot();
  const last = ended.find((one) => one.id === id);
  assert.deepEqual([last?.name, last?.reason, last?.exitCode], ["short", "enough", null]);
});

test("snapshot() has the memory of an interpreter on Bun and the time of processors on Deno", async (t) => {
  const interpreter = await scoped(t);
  await interpreter.run("1");
  const hears = async (figure: "heapUsed" | "cpuTime") =>
    await until(async () => (await viewOf(interpreter))?.[figure] !== null);
  if (runtime === "bun") await hears("heapUsed");
  if (runtime === "deno") await hears("cpuTime");
  const view = await viewOf(interpreter);
  if (runtime === "bun") assert.equal(view?.cpuTime, null);
  if (runtime === "deno") assert.equal(view?.heapUsed, null);
});

test("snapshot() has the run in progress with its source, and then how it ended", async (t) => {
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  const source = `  await\n recv.recv(); // ${"long ".repeat(100)}`;
  const running = interpreter.run(source, { channels: { recv }, filename: "waits.ts" });
  const view = await viewOf(interpreter);
  assert.equal(view?.state, "running");
  const { run } = view;
  assert.match(run?.excerpt ?? "", /^await recv\.recv\(\); \/\/ long .{20,60}…$/);
  assert.deepEqual([run?.interpreter, run?.filename, run?.kind], [
    interpreter.id,
    "waits.ts",
    "run",
  ]);
  assert.deepEqual([run?.end, run?.outcome, run?.error, run?.caller], [null, null, null, 0]);
  await send.send(1);
  await running;
  await assert.rejects(interpreter.evaluate("throw new RangeError('no')"));
  const { runs } = await snapshot();
  const [first, second] = runs.filter(({ interpreter: id }) => id === interpreter.id);
  assert.deepEqual([first?.run, first?.outcome, first?.error], [run?.run, "done", null]);
  assert.ok((first?.end ?? 0) >= (first?.start ?? Infinity));
  assert.equal(second?.outcome, "failed");
  assert.match(second?.error ?? "", /RangeError: no/);
  assert.equal((await viewOf(interpreter))?.runs, 2);
});

test("snapshot() does not wait for an interpreter that is busy", async (t) => {
  const interpreter = await scoped(t);
  const running = assert.rejects(interpreter.run("while (true);"));
  const begun = performance.now();
  assert.equal((await viewOf(interpreter))?.state, "running");
  assert.ok(performance.now() - begun < 5_000);
  await interpreter.terminate();
  await running;
});

test("snapshot() keeps the last 200 runs", async (t) => {
  const interpreter = await scoped(t);
  for (let count = 0; count < 210; count++) await interpreter.run("1");
  const { runs } = await snapshot();
  assert.equal(runs.length, 200);
  assert.ok(runs.every((run, index) => index === 0 || run.run > (runs[index - 1]?.run ?? 0)));
});

test("snapshot() has channels with who waits, and how many items came through", async () => {
  const [recv, send] = createChannel();
  const find = async () =>
    (await snapshot()).channels.find(({ kind, id }) => kind === "channel" && id === recv.id);
  send.sendNowait(1);
  const sending = [send.send(2), send.send(3)];
  const { depth, capacity, waitingSenders, waitingReceivers, received, rate } = await find() ?? {};
  assert.deepEqual([depth, capacity, waitingSenders, waitingReceivers], [3, null, 2, 0]);
  assert.deepEqual([received, rate], [0, null]);
  for (const item of [1, 2, 3]) assert.equal(await recv.recv(), item);
  await Promise.all(sending);
  const waiting = recv.recv();
  await until(async () => (await find())?.rate !== null);
  const later = await find();
  assert.deepEqual([later?.depth, later?.waitingSenders, later?.waitingReceivers], [0, 0, 1]);
  assert.equal(later?.received, 3);
  send.sendNowait(4);
  assert.equal(await waiting, 4);
  recv.close();
  assert.equal(await find(), undefined);
});

test("snapshot() has the senders of other interpreters", async (t) => {
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  t.after(() => recv.close({ force: true }));
  const running = interpreter.run("await send.send(1)", { channels: { send } });
  const find = async () =>
    (await snapshot()).channels.find(({ kind, id }) => kind === "channel" && id === recv.id);
  await until(async () => (await find())?.waitingSenders === 1);
  assert.equal(await recv.recv(), 1);
  await running;
  assert.equal((await find())?.waitingSenders, 0);
});

test("snapshot() has queues with their capacity, and pools with their statistics", async (t) => {
  const queue = createQueue(2);
  t.after(() => queue.shutdown({ immediate: true }));
  queue.putNowait("a");
  const pool = new InterpreterPoolExecutor({ maxWorkers: 1, name: "named" });
  t.after(() => pool.shutdown());
  assert.equal(await pool.submit((n: number) => n + 1, 1), 2);
  const find = async () => {
    const { channels, pools } = await snapshot();
    return {
      queue: channels.find(({ kind, id }) => kind === "queue" && id === queue.id),
      pool: pools.find(({ name }) => name === "named"),
    };
  };
  const first = await find();
  assert.deepEqual([first.queue?.depth, first.queue?.capacity, first.queue?.creator], [1, 2, 0]);
  assert.equal(first.queue?.waitingSenders, 0);
  assert.deepEqual([first.pool?.state, first.pool?.maxWorkers], ["open", 1]);
  assert.deepEqual([first.pool?.stats.done, first.pool?.stats.workers], [1, 1]);
  queue.putNowait("b");
  assert.equal(
    (await find()).queue?.waitingSenders,
    null,
    "putters of a full queue are not counted",
  );
});

test("snapshot() shows no channel of the module's own", async (t) => {
  const before = (await snapshot()).channels.length;
  const interpreter = await scoped(t);
  for (let count = 0; count < 20; count++) await interpreter.call((n: number) => n, count);
  assert.equal((await snapshot()).channels.length, before);
});

test("snapshot() and serve() are the program's alone", async (t) => {
  const interpreter = await scoped(t, { isolated: false, baseUrl: import.meta.url });
  const failure = async (call: string) =>
    await interpreter.evaluate(
      `const inspect = await import(${
        JSON.stringify(import.meta.resolve("subinterpreters/inspect"))
      });
      await inspect.${call}.then(() => "nothing", ({ name, message }) => name + ": " + message)`,
    );
  const end = "an interpreter cannot look at the process; the program can";
  assert.equal(await failure("snapshot()"), `InterpreterError: Cannot take a snapshot: ${end}`);
  assert.equal(await failure("serve()"), `InterpreterError: Cannot serve the live view: ${end}`);
});
