// `onTimeout: "interrupt"` amid an operation on a queue: whoever else uses the queue afterwards
// finds it whole, with all of its room.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createQueue,
  type Interpreter,
  InterpreterTerminatedError,
  listAll,
} from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";

const shared = sharing();

/** Items so long that most of the time is spent copying them, under a lock. */
const PREPARE = `
  globalThis.big ??= new Uint8Array(2 ** 20);
  globalThis.none ??= () => {};
  // A run may be interrupted between put() and the catch() behind it.
  process.on("unhandledRejection", none);`;

/** What the loop has begun comes to its end: it could put and take afterwards. */
const LET_GO = "globalThis.c?.abort(); await new Promise((turn) => setTimeout(turn, 20));";

/** Each leaves the queue, which has room for two items, nearly as it was. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "putNowait() and getNowait()": "queue.putNowait(big); queue.getNowait();",
  "put() that is aborted":
    "globalThis.c = new AbortController(); for (let i = 0; i < 4; i++) queue.put(big, { signal: c.signal }).catch(none); c.abort(); while (!queue.empty()) queue.getNowait();",
  "putSync() that gives up":
    "try { for (;;) queue.putSync(big, { timeout: 0.01 }); } catch {} while (!queue.empty()) queue.getNowait();",
  "getSync() that gives up": "try { queue.getSync({ timeout: 0.01 }); } catch {}",
  "full() and qsize()": "queue.full(); queue.qsize();",
};

for (const [what, operation] of Object.entries(OPERATIONS)) {
  test(`run() that is interrupted in ${what} leaves the queue whole`, async (t) => {
    const queue = createQueue({ maxsize: 2, unboundItems: "remove" });
    let interpreter: Interpreter | undefined;
    t.after(() => interpreter?.[Symbol.asyncDispose]());
    const other = await shared();
    await other.run("", { values: { queue } });
    for (let timeout = 8; timeout < 12; timeout++) {
      if (interpreter === undefined || !listAll().includes(interpreter)) {
        interpreter = await create();
        await interpreter.run(PREPARE, { values: { queue } });
      }
      const run = interpreter.run(`for (;;) { ${operation} }`, { timeout, onTimeout: "interrupt" });
      await assert.rejects(run, InterpreterTerminatedError);
      if (listAll().includes(interpreter)) await interpreter.run(LET_GO);
      // What a dead one has put may go at any moment.
      await other.run("try { for (;;) queue.getNowait(); } catch {}");
      await Promise.all([queue.put(timeout), queue.put(-timeout)]);
      assert.equal(queue.full(), true);
      assert.deepEqual(await other.evaluate("[queue.getSync(), queue.getSync()]"), [
        timeout,
        -timeout,
      ]);
      assert.equal(queue.empty(), true);
    }
  });
}
