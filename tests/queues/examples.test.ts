// What PEP 734 shows queues for, as programs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, createQueue } from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";

const timeout = 120_000;

test("B371 a token that is passed around by a queue lets one of ten workers in at a time", {
  timeout,
}, async (t) => {
  const token = createQueue<string>();
  const log = createQueue<number>();
  const shared = new SharedArrayBuffer(8);
  const workers = await Promise.all(Array.from({ length: 10 }, () => scoped(t)));
  const working = workers.map((worker, n) =>
    worker.run(
      `
        const words = new Int32Array(shared);
        for (let turn = 0; turn < 10; turn++) {
          const football = await token.get();
          // Not atomic: it would go wrong if somebody else were here.
          const inside = words[0];
          if (inside !== 0) log.putNowait(-1);
          words[0] = 1;
          words[1] = words[1] + 1;
          words[0] = 0;
          log.putNowait(n);
          await token.put(football);
        }
      `,
      { values: { token, log, shared, n } },
    )
  );
  token.putNowait("football");
  await Promise.all(working);
  const turns = Array.from({ length: log.qsize() }, () => log.getNowait());
  assert.equal(turns.length, 100);
  assert.ok(!turns.includes(-1));
  assert.equal(new Int32Array(shared)[1], 100);
  assert.equal(token.getNowait(), "football");
});

test("B371 one queue synchronises two interpreters both ways", { timeout }, async (t) => {
  const interpreter = await scoped(t);
  const queue = createQueue<string>();
  const running = interpreter.run(
    "const ask = await queue.get(); await queue.put(ask + ', pong')",
    { values: { queue } },
  );
  await queue.put("ping");
  await running;
  assert.equal(await queue.get(), "ping, pong");
});

test(
  "B434 PEP 734's first example: 20 workers take tasks from one queue and put results on another",
  {
    timeout,
  },
  async () => {
    const tasks = createQueue<{ kind: "square" | "stop"; n: number }>();
    const results = createQueue<{ worker: number; n: number; result: number }>();
    const workers = await Promise.all(Array.from({ length: 20 }, () => create()));
    const working = workers.map((worker, id) =>
      worker.run(
        `
        for (;;) {
          const { kind, n } = await tasks.get();
          if (kind === "stop") break;
          await results.put({ worker: id, n, result: n * n });
        }
      `,
        { values: { tasks, results, id } },
      )
    );
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    for (const n of numbers) await tasks.put({ kind: "square", n });
    for (const _ of workers) await tasks.put({ kind: "stop", n: 0 });
    const found = new Map<number, number>();
    for (const _ of numbers) {
      const { n, result } = await results.get();
      found.set(n, result);
    }
    await Promise.all(working);
    assert.deepEqual(numbers.map((n) => found.get(n)), numbers.map((n) => n * n));
    assert.deepEqual([tasks.qsize(), results.qsize()], [0, 0]);
    await Promise.all(workers.map((worker) => worker.close()));
  },
);

test("B434 PEP 734's second example: workers share one buffer, and a queue gives them its chunks", {
  timeout,
}, async (t) => {
  const chunks = createQueue<{ start: number; end: number } | null>({ maxsize: 4 });
  const done = createQueue<number>();
  const buffer = new SharedArrayBuffer(2 ** 16);
  const workers = await Promise.all(Array.from({ length: 4 }, () => scoped(t)));
  for (const worker of workers) await worker.prepareMain({ chunks, done, buffer });
  const working = workers.map((worker) =>
    worker.run(`
      const bytes = new Uint8Array(buffer);
      for (let chunk; (chunk = await chunks.get()) !== null;) {
        let sum = 0;
        for (let at = chunk.start; at < chunk.end; at++) sum += bytes[at] = at % 251;
        await done.put(sum);
      }
    `)
  );
  const size = 2 ** 12;
  for (let start = 0; start < buffer.byteLength; start += size) {
    await chunks.put({ start, end: start + size });
  }
  for (const _ of workers) await chunks.put(null);
  await Promise.all(working);
  let sum = 0;
  while (!done.empty()) sum += done.getNowait();
  const bytes = new Uint8Array(buffer);
  assert.equal(bytes.reduce((total, byte) => total + byte, 0), sum);
  assert.ok(bytes.every((byte, at) => byte === at % 251));
});
