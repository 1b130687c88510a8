// A pool of the program's inside interpreters that were handed it: they use it as the program
// does, but do not end it.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import {
  create,
  createChannel,
  type CreateOptions,
  createQueue,
  type Interpreter,
  InterpreterPoolExecutor,
  isShareable,
} from "subinterpreters";
import { collect } from "../helpers/collect.ts";
import { scopedPool } from "../helpers/pool.ts";
import { sandboxTest } from "../helpers/sandbox.ts";
import { until } from "../helpers/until.ts";

async function scoped(t: TestContext, options?: CreateOptions): Promise<Interpreter> {
  const interpreter = await create(options);
  t.after(() => interpreter.terminate());
  return interpreter;
}

/** What keeps a worker busy until something is put on the queue. */
const BUSY = "await args[0].get()";

test("a pool that was handed over is one object for each id, and the same one back home", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const other = scopedPool(t, { maxWorkers: 1 });
  assert.equal(isShareable(pool), true);
  assert.ok(other.id > pool.id && pool.id >= 1);
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  const queue = createQueue();
  send.sendNowait(pool);
  queue.putNowait({ pool, other });
  const seen = await interpreter.evaluate<unknown[]>(
    `
    import { InterpreterPoolExecutor } from "subinterpreters";
    const item = await recv.recv();
    const both = await queue.get();
    [
      item === pool, both.pool === pool, both.other === pool,
      pool instanceof InterpreterPoolExecutor, pool.id, both.other.id, both.other,
    ]
  `,
    { channels: { recv }, values: { pool, queue } },
  );
  assert.deepEqual(seen.slice(0, 4), [true, true, false, true]);
  assert.deepEqual(seen.slice(4, 6), [pool.id, other.id]);
  assert.equal(seen[6], other);
  assert.equal(await interpreter.call((given: unknown) => given, pool), pool);
});

test("submit() inside an interpreter uses the pool that it was handed", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const interpreter = await scoped(t);
  await interpreter.prepareMain({ pool });
  const results = await interpreter.evaluate(`
    const bytes = new Uint8Array([1, 2, 3]).buffer;
    const { double } = pool.import("data:text/javascript,export const double = (n) => n * 2");
    const results = await Promise.all([
      pool.submit((a, b) => a * b, 6, 7),
      pool.submit({ fn: async (text) => text + "!", args: ["a"], timeout: 60_000, priority: 1 }),
      pool.submit({ source: "const [n] = args; n + 1", args: [1] }),
      pool.submit({ fn: (moved) => moved.byteLength, args: [bytes], transfer: [bytes], wait: true }),
      pool.submit(() => {}),
      double(4),
    ]);
    [...results, bytes.byteLength]
  `);
  assert.deepEqual(results, [42, "a!", 2, 3, undefined, 8, 0]);
  const task = await interpreter.call(
    async (given: InterpreterPoolExecutor) => await given.submit((n: number) => n + 1, 1),
    pool,
  );
  assert.equal(task, 2);
  assert.equal(pool.stats.done, 7);
});

test("map() inside an interpreter goes through the pool, in chunks that measure themselves, too", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 2 });
  const interpreter = await scoped(t);
  assert.deepEqual(
    await interpreter.evaluate(
      `
      const squares = [];
      for await (const square of pool.map((n) => n * n, [1, 2, 3])) squares.push(square);
      let sum = 0;
      for await (const n of pool.map((n) => n, Array(1000).keys(), { chunksize: "auto" })) sum += n;
      [squares, sum]
    `,
      { values: { pool } },
    ),
    [[1, 4, 9], 499500],
  );
});

test("a task that fails inside an interpreter has the errors that it has in the program", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1, maxQueue: 0 });
  const interpreter = await scoped(t);
  const seen = await interpreter.evaluate<unknown[]>(
    `
    const failure = (given) => pool.submit(given).then(() => "none", (error) =>
      [error.name, error.message.slice(0, 40), error.cause?.name ?? ""]);
    const schema = { "~standard": { version: 1, vendor: "test", validate: () => ({ issues: [{ message: "no" }] }) } };
    const seen = [];
    seen.push(await failure(() => { throw new RangeError("too far"); }));
    seen.push((await failure({ fn: async () => { for (;;); }, timeout: 20 }))[0]);
    seen.push((await failure({ fn: () => 1, args: [() => 1] }))[0]);
    seen.push((await failure(() => () => 1))[0]);
    seen.push((await failure({ fn: () => 1, schema }))[0]);
    try {
      pool.submit(1);
    } catch (error) {
      seen.push(error.name);
    }
    const first = pool.submit({ source: ${JSON.stringify(BUSY)}, args: [queue] });
    const second = failure(() => 1);
    seen.push((await second)[0]);
    const moved = new ArrayBuffer(3);
    const refused = pool.submit({ fn: (one) => one, args: [moved], transfer: [moved] });
    seen.push(await refused.catch((error) => error.transferred[0].byteLength));
    await queue.put(1);
    await first;
    seen
  `,
    { values: { pool, queue: createQueue() } },
  );
  assert.deepEqual(seen, [
    ["RangeError", "too far", "ExecutionFailedError"],
    "InterpreterTerminatedError",
    "NotShareableError",
    "NotShareableError",
    "ValidationError",
    "TypeError",
    "QueueFullError",
    3,
  ]);
});

test("cancel() and a signal inside an interpreter end a task, and stats tell of it", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const interpreter = await scoped(t);
  const queue = createQueue();
  const seen = await interpreter.evaluate(
    `
    const running = pool.submit({ source: "await args[1].put(1); ${BUSY}", args: [gate, begun] });
    await begun.get();
    const waiting = pool.submit(() => 1);
    const stopping = new AbortController();
    const aborted = pool.submit({ fn: () => 1, signal: stopping.signal });
    stopping.abort(new Error("enough"));
    const seen = [
      running.running(), waiting.running(), running.cancel(), waiting.cancel(), waiting.cancelled(),
      await waiting.catch((error) => error.name), await aborted.catch((error) => error.message),
      pool.maxWorkers, pool.size, pool.stats.running, pool.stats.cancelled, String(pool),
    ];
    await gate.put("on");
    seen.push(await running);
    const late = pool.submit({ fn: () => { for (;;); }, signal: AbortSignal.timeout(50) });
    seen.push(await late.catch((error) => error.name));
    seen
  `,
    { values: { pool, gate: queue, begun: createQueue() } },
  );
  assert.deepEqual(seen, [
    ...[true, false, false, true, true, "CancelledError", "enough", 1, 1, 1, 1],
    "InterpreterPoolExecutor(open, 1 worker, 0 queued)",
    ...["on", "TimeoutError"],
  ]);
});

test("only the program ends a pool: shutdown() inside an interpreter is refused", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const interpreter = await scoped(t);
  const gate = createQueue();
  const refusal = await interpreter.evaluate(
    `
    const running = pool.submit({ source: "await args[1].put(1); ${BUSY}", args: [gate, begun] });
    await begun.get();
    const waiting = pool.submit(() => 1);
    await pool.shutdown().catch((error) => error.name + ": " + error.message)
  `,
    { values: { pool, gate, begun: createQueue() } },
  );
  assert.match(
    String(refusal),
    /^InterpreterError: Cannot shut down pool \d+ from inside an inter/,
  );
  const stopped = pool.shutdown({ cancelFutures: true });
  await gate.put("on");
  await stopped;
  const seen = await interpreter.evaluate(`
    const ended = await waiting.catch((error) => error.name);
    [await running, ended, waiting.cancelled(), await pool.submit(() => 1).catch((error) => error)]
  `);
  assert.ok(Array.isArray(seen));
  assert.deepEqual(seen.slice(0, 3), ["on", "CancelledError", true]);
  assert.match(String(seen[3]), /^RuntimeError: Cannot submit a task: the pool is shut down/);
});

test("a pool is of no use to an interpreter that was not handed it, whatever it forges", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const queue = createQueue();
  for (const options of [{}, { isolated: true }]) {
    const interpreter = await scoped(t, options);
    const seen = await interpreter.evaluate(
      `
      import { createChannel, InterpreterPoolExecutor } from "subinterpreters";
      const forged = Object.create(InterpreterPoolExecutor.prototype, { id: { value: id } });
      const [recv, send] = createChannel();
      send.sendNowait(forged);
      const own = recv.recvNowait();
      const tried = await own.submit(() => 1).catch((error) => error.message);
      const asked = await Promise.resolve().then(() => own.size).catch((error) => error.name);
      await queue.put(forged);
      [tried, asked]
    `,
      { values: { id: pool.id, queue } },
    );
    assert.deepEqual(seen, [
      `Cannot use pool ${pool.id}: this interpreter was not handed a pool of that id`,
      "InterpreterError",
    ]);
    // Nor does it give others what it has not.
    const other = await scoped(t, options);
    const passed = await other.evaluate(
      "const got = await queue.get(); await got.submit(() => 1).catch((error) => error.name)",
      { values: { queue } },
    );
    assert.equal(passed, "InterpreterError");
  }
  assert.equal(pool.size, 0);
});

test("an interpreter passes on a pool that it was handed", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const first = await scoped(t);
  const second = await scoped(t, { isolated: true });
  const [recv, send] = createChannel();
  await first.run("send.sendNowait(pool)", { channels: { send }, values: { pool } });
  const source = "const pool = await recv.recv(); await pool.submit((n) => n + 1, 1)";
  assert.equal(await second.evaluate(source, { channels: { recv } }), 2);
});

sandboxTest(
  "a sandbox uses a pool that it was handed, and gets at nothing else",
  async (sandbox, t) => {
    const pool = scopedPool(t, { maxWorkers: 1, permissions: "none" });
    const [recv, send] = createChannel();
    send.sendNowait("secret");
    const interpreter = await sandbox();
    const seen = await interpreter.evaluate(
      `
    import { createChannel, InterpreterPoolExecutor, RecvChannel } from "subinterpreters";
    const [own, end] = createChannel();
    const forge = (kind, id) => {
      end.sendNowait(Object.create(kind.prototype, { id: { value: id } }));
      return own.recvNowait();
    };
    const failure = (task) => task.then((value) => value, (error) => error.name);
    const result = await pool.submit({ source: \`
      import { createChannel } from "subinterpreters";
      const [recv, send] = createChannel();
      send.sendNowait("made there");
      recv
    \` });
    [
      await failure(pool.submit((end) => end.recvNowait(), forge(RecvChannel, secret))),
      await failure(forge(InterpreterPoolExecutor, pool.id + 1).submit(() => 1)),
      result.recvNowait(),
    ]
  `,
      { values: { pool, secret: recv.id } },
    );
    assert.deepEqual(seen, ["ChannelNotFoundError", "InterpreterError", "made there"]);
    assert.equal(recv.recvNowait(), "secret");
  },
);

test("a task of a pool submits to that pool, and gets it as an argument of its initializer", async (t) => {
  const outer = scopedPool(t, { maxWorkers: 2 });
  const nested = outer.submit(
    async (own: InterpreterPoolExecutor) => 2 * await own.submit(() => 21),
    outer,
  );
  assert.equal(await nested, 42);
  const pool = scopedPool(t, {
    maxWorkers: 1,
    initializer: (other: InterpreterPoolExecutor) => void Object.assign(globalThis, { other }),
    initargs: [outer],
  });
  assert.equal(await pool.submit({ source: "await other.submit(() => 7)" }), 7);
});

test("what an interpreter has submitted and has not begun is cancelled when it ends", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const [gate, done] = [createQueue(), createQueue<string>()];
  const interpreter = await scoped(t);
  await interpreter.run(
    `
    pool.submit({ source: "${BUSY}; await args[1].put('begun before')", args: [gate, done] });
    for (let n = 0; n < 3; n++) pool.submit({ source: "await args[0].put('late')", args: [done] });
    pool.stats;
  `,
    { values: { pool, gate, done } },
  );
  await until(() => pool.stats.running === 1 && pool.stats.queued === 3);
  await interpreter.terminate();
  await until(() => pool.stats.cancelled === 3);
  await gate.put("on");
  assert.equal(await done.get(), "begun before");
  assert.equal(await pool.submit(() => "next"), "next");
  assert.equal(done.qsize(), 0);
});

test("submit() refuses in a run that the program blocks on, which would never end", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const interpreter = await scoped(t);
  const source = "await pool.submit(() => 1).catch((error) => error.name + ': ' + error.message)";
  assert.match(
    String(interpreter.evaluateSync(source, { values: { pool } })),
    /^InterpreterError: .*its pools do nothing meanwhile/,
  );
  assert.equal(await interpreter.evaluate(source), 1);
});

test("a handle inside an interpreter does not keep a pool, nor does its loss end one", async (t) => {
  const interpreter = await scoped(t);
  const kept = scopedPool(t, { maxWorkers: 1 });
  await interpreter.call(async (pool: InterpreterPoolExecutor) => {
    await pool.submit(() => 1);
  }, kept);
  await interpreter.close();
  collect();
  assert.equal(await kept.submit(() => 2), 2);
  const other = await scoped(t);
  const handOver = async () => {
    await other.prepareMain({ pool: new InterpreterPoolExecutor({ maxWorkers: 1 }) });
  };
  await handOver();
  const ask = "await pool.submit(() => 1).catch((error) => error.name)";
  let seen: unknown = 1;
  for (let n = 0; seen === 1 && n < 50; n++) {
    collect();
    seen = await other.evaluate(ask);
  }
  assert.equal(seen, "RuntimeError");
});
