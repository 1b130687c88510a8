// Queues and tasks with schemas: what is got, and what a task gives, is validated here.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createQueue,
  InterpreterPoolExecutor,
  Queue,
  QueueEmptyError,
  type Task,
  ValidationError,
} from "subinterpreters";
import * as z from "zod";
import { sharing } from "../helpers/interpreter.ts";
import { type Job, JOBS, NO_SCHEMAS, numbers, schemaOf, slowNumbers } from "./schemas.ts";

const shared = sharing();

async function failure(call: () => unknown): Promise<ValidationError> {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof ValidationError, String(error));
    return error;
  }
  assert.fail("nothing was thrown");
}

/** The same queue for those who keep to nothing. */
const rudely = ({ id }: { readonly id: number }): Queue => new Queue(id);

for (const [library, schema] of Object.entries(JOBS)) {
  test(`createQueue({ schema }) of ${library} validates what is got, in every way`, async () => {
    const queue = createQueue({ schema });
    const ways: readonly (() => unknown)[] = [
      () => queue.get(),
      () => queue.getSync(),
      () => queue.getNowait(),
      () => queue[Symbol.asyncIterator]().next().then(({ value }) => value as Job),
    ];
    for (const get of ways) {
      await queue.put({ id: "7", tags: ["a"] });
      assert.deepEqual(await get(), { id: 7, tags: ["a"] });
      rudely(queue).putNowait({ id: "7", tags: [1] });
      const error = await failure(get);
      assert.deepEqual(error.issues.map(({ path }) => path), [["tags", 0]]);
      assert.deepEqual([error.queue, error.channel], [queue.id, undefined]);
      assert.match(error.message, /^Cannot get from queue \d+: the item does not fit .* dropped: /);
      assert.equal(queue.qsize(), 0, "it is dropped");
    }
  });
}

test("get() validates an item that it waited for", async () => {
  const queue = createQueue({ schema: numbers() });
  const failed = failure(() => queue.get());
  const next = queue.get();
  rudely(queue).putNowait("one");
  rudely(queue).putNowait(2);
  await failed;
  assert.equal(await next, 2);
  await assert.rejects(queue.get({ timeout: 0 }), QueueEmptyError);
});

test("getSync() and getNowait() lose nothing to a schema that takes time", async () => {
  const queue = createQueue({ schema: slowNumbers });
  queue.putNowait(1);
  const refusal = { name: "TypeError", message: /its schema takes time to validate; use get\(\)/ };
  assert.throws(() => queue.getSync(), refusal);
  assert.throws(() => queue.getNowait(), refusal);
  assert.equal(queue.qsize(), 1);
  assert.equal(await queue.get(), 1);
});

test("an interpreter has the queue without the schema, and may give it one of its own", async () => {
  const interpreter = await shared();
  const queue = createQueue({ schema: numbers() });
  for (const item of ["a", "b", 3]) rudely(queue).putNowait(item);
  const seen = await interpreter.evaluate(
    `
    import { Queue, ValidationError } from "subinterpreters";
    const validate = (value) =>
      typeof value === "number" ? { value: -value } : { issues: [{ message: "no", path: [0] }] };
    const schema = { "~standard": { version: 1, vendor: "inside", validate } };
    const first = queue.getNowait();
    const same = new Queue(queue.id, { schema });
    const error = await queue.get().catch((e) => e);
    [first, same === queue, error instanceof ValidationError, error.issues, await queue.get()];
    `,
    { values: { queue } },
  );
  assert.deepEqual(seen, ["a", true, true, [{ message: "no", path: [0] }], -3]);
});

test("a queue has one schema in an interpreter, for all its handles there", async () => {
  const schema = numbers();
  const queue = createQueue({ schema });
  assert.equal(new Queue(queue.id, { schema }), queue, "the same schema again");
  const another = { name: "TypeError", message: /has another schema in this interpreter/ };
  assert.throws(() => new Queue(queue.id, { schema: numbers() }), another);
  rudely(queue).putNowait("one");
  await failure(() => new Queue(queue.id).get());
});

test("createQueue() and new Queue() refuse what is no schema", () => {
  const { id } = createQueue();
  const refusal = { name: "TypeError", message: /: schema must be a Standard Schema v1/ };
  for (const schema of NO_SCHEMAS) {
    assert.throws(() => createQueue({ schema: schema as never }), refusal);
    assert.throws(() => new Queue(id, { schema: schema as never }), refusal);
  }
  assert.throws(() => new Queue(id, { schemas: 1 } as never), /there is no option "schemas"/);
});

test("submit({ schema }) gives what the schema makes of the result, or fails the task", async (t) => {
  const pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
  t.after(() => pool.shutdown());
  const called: Task<Date> = pool.submit({
    fn: (year: number) => `${year}-01-01`,
    args: [2020],
    schema: z.iso.date().transform((text) => new Date(text)),
  });
  const run: Task<number> = pool.submit({ source: "args[0] + 1", args: [1], schema: z.number() });
  assert.equal((await called).getUTCFullYear(), 2020);
  assert.equal(await run, 2);
  const bad = pool.submit({ source: "({ n: 'one' })", schema: z.object({ n: z.number() }) });
  const error = await failure(() => bad);
  assert.deepEqual(error.issues[0]?.path, ["n"]);
  assert.match(
    error.message,
    /^Cannot give the result of a task: it does not fit its schema: \$\.n/,
  );
  assert.match(error.stack ?? "", /queues\.test/);
  assert.deepEqual([pool.stats.done, pool.stats.failed, pool.size], [2, 1, 1]);
});

test("submit({ schema }) awaits a schema, and shutdown() waits for it", async () => {
  const pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
  const good = pool.submit({ fn: () => 1, schema: slowNumbers });
  const bad = failure(() => pool.submit({ source: "'one'", schema: slowNumbers }));
  const broken = failure(() =>
    pool.submit({
      fn: () => 1,
      schema: schemaOf(() => {
        throw new RangeError("boom");
      }),
    })
  );
  await pool.shutdown();
  assert.equal(good.done(), true);
  assert.equal(await good, 1);
  assert.deepEqual((await bad).issues, [{ message: "no number", path: [] }]);
  assert.ok((await broken).cause instanceof RangeError);
  assert.throws(() => pool.submit({ fn: () => 1, schema: {} as never }), {
    name: "TypeError",
    message: /^Cannot submit a task: schema must be a Standard Schema/,
  });
});
