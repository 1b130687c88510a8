// `onTimeout: "interrupt"` amid an operation on a channel: whatever it is, whoever else uses
// the channel afterwards finds it whole. Either the interpreter says that it is idle, then
// nothing is half done, or it is terminated, and the host repairs what it left.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createChannel,
  type Interpreter,
  InterpreterTerminatedError,
  listAll,
} from "subinterpreters";
import { realm } from "subinterpreters/src/api/realm.ts";
import { RECV_WAITERS } from "subinterpreters/src/channel/memory/layout.ts";
import { sharing } from "../helpers/interpreter.ts";
import { until } from "../helpers/until.ts";

const shared = sharing();

/** Items so long that most of the time is spent copying them, under a lock. */
const PREPARE = `
  globalThis.big ??= new Uint8Array(2 ** 20);
  globalThis.none ??= () => {};
  // A run may be interrupted between recv() and the catch() behind it.
  process.on("unhandledRejection", none);`;

/** What the loop has begun comes to its end: it could take what is sent afterwards. */
const LET_GO = "globalThis.c?.abort(); await new Promise((turn) => setTimeout(turn, 20));";

/** Each leaves the channel as it was, so that it can be repeated without an end. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "sendNowait() and recvNowait()": "send.sendNowait(big); recv.recvNowait();",
  "sendNowait() and recv()": "send.sendNowait(big); recv.recv().catch(none);",
  "recvManySync()": "send.sendNowait(1); send.sendNowait(big); recv.recvManySync(2);",
  "recvMany()": "send.sendNowait(1); recv.recvMany(2, { timeout: 0 }).catch(none);",
  "recv() that is aborted":
    "globalThis.c = new AbortController(); recv.recv({ signal: c.signal }).catch(none); c.abort();",
  "send() that is aborted":
    "globalThis.c = new AbortController(); send.send(big, { signal: c.signal }).catch(none); c.abort();",
  "sendSync() that gives up": "try { send.sendSync(big, { timeout: 0.01 }); } catch {}",
  "recvSync() that gives up": "try { recv.recvSync({ timeout: 0.01 }); } catch {}",
  "isClosed": "recv.isClosed; send.isClosed; ",
};

for (const [what, operation] of Object.entries(OPERATIONS)) {
  test(`run() that is interrupted in ${what} leaves the channel whole`, async (t) => {
    const [recv, send] = createChannel();
    const words = new Int32Array(realm().openChannel(recv.id)!.buffer!);
    let interpreter: Interpreter | undefined;
    t.after(() => interpreter?.[Symbol.asyncDispose]());
    const other = await shared();
    await other.run("", { channels: { outlet: recv, inlet: send } });
    for (let timeout = 8; timeout < 12; timeout++) {
      if (interpreter === undefined || !listAll().includes(interpreter)) {
        interpreter = await create();
        await interpreter.run(PREPARE, { channels: { recv, send } });
      }
      const run = interpreter.run(`for (;;) { ${operation} }`, {
        timeout,
        onTimeout: "interrupt",
      });
      await assert.rejects(run, InterpreterTerminatedError);
      // Half of the loop may have been done: a wait that goes on, items that lie there.
      if (listAll().includes(interpreter)) await interpreter.run(LET_GO);
      // A terminated one may take its time to be gone, and counts as waiting until then.
      await until(() => words[RECV_WAITERS] === 0);
      await other.run("while (outlet.recvNowait() !== null);");
      send.sendNowait(timeout);
      assert.equal(await other.evaluate("outlet.recvSync()"), timeout);
      await other.run(`inlet.sendNowait(${timeout})`);
      assert.equal(recv.recvNowait(), timeout);
    }
  });
}
