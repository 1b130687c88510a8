// `onTimeout: "interrupt"` amid an operation on a channel or a queue, again and again: whoever else
// uses it afterwards finds it whole. The tests of both do this, some in a process of its own.

import assert from "node:assert/strict";
import {
  create,
  createChannel,
  createQueue,
  type Interpreter,
  InterpreterTerminatedError,
  listAll,
  type RunOptions,
} from "subinterpreters";
import { realm } from "subinterpreters/src/api/realm.ts";
import { RECV_WAITERS } from "subinterpreters/src/channel/memory/layout.ts";
import { spawnScript } from "./spawn_script.ts";
import { until } from "./until.ts";

/** Items so long that most of the time is spent copying them, under a lock. */
const PREPARE = `
  globalThis.big ??= new Uint8Array(2 ** 20);
  globalThis.none ??= () => {};
  // A run may be interrupted between an operation and the catch() behind it.
  process.on("unhandledRejection", none);`;

/** What the loop has begun comes to its end: it could take or put something afterwards. */
const LET_GO = "globalThis.c?.abort(); await new Promise((turn) => setTimeout(turn, 20));";

/** Runs an operation in a loop until it is interrupted, and looks at what is left; some times. */
export type Interrupt = (operation: string, other: Interpreter) => Promise<void>;

/** Interrupts operations on a channel, whose ends source knows as `recv` and `send`. */
export async function interruptOnChannel(operation: string, other: Interpreter): Promise<void> {
  const [recv, send] = createChannel();
  const words = new Int32Array(realm().openChannel(recv.id)!.buffer!);
  await other.run("", { channels: { outlet: recv, inlet: send } });
  await repeatedly(operation, { channels: { recv, send } }, async (timeout) => {
    // A terminated one may take its time to be gone, and counts as waiting until then.
    await until(() => words[RECV_WAITERS] === 0);
    await other.run("while (outlet.recvNowait() !== null);");
    send.sendNowait(timeout);
    assert.equal(await other.evaluate("outlet.recvSync()"), timeout);
    await other.run(`inlet.sendNowait(${timeout})`);
    assert.equal(recv.recvNowait(), timeout);
  });
}

/** Interrupts operations on a queue with room for two items, which source knows as `queue`. */
export async function interruptOnQueue(operation: string, other: Interpreter): Promise<void> {
  const queue = createQueue({ maxsize: 2, unboundItems: "remove" });
  await other.run("", { values: { queue } });
  await repeatedly(operation, { values: { queue } }, async (timeout) => {
    // What a dead one has put may go at any moment.
    await other.run("try { for (;;) queue.getNowait(); } catch {}");
    await Promise.all([queue.put(timeout), queue.put(-timeout)]);
    assert.equal(queue.full(), true);
    const items = await other.evaluate("[queue.getSync(), queue.getSync()]");
    assert.deepEqual(items, [timeout, -timeout]);
    assert.equal(queue.empty(), true);
  });
}

/**
 * Does it in a process of its own: a promise that nobody has got, because the run was interrupted
 * before, may be rejected, and `bun test` (1.4) ends a worker at its first stray rejection.
 */
export async function inOwnProcess(interrupt: Interrupt, operation: string): Promise<void> {
  const { code, stderr } = await spawnScript(
    `
    import { create } from "subinterpreters";
    import { ${interrupt.name} } from ${JSON.stringify(import.meta.url)};
    await ${interrupt.name}(${JSON.stringify(operation)}, await create());
    process.exit(0);`,
    { isTyped: true, timeoutMs: 60_000 },
  );
  assert.equal(code, 0, stderr);
}

async function repeatedly(
  operation: string,
  shared: Pick<RunOptions, "channels" | "values">,
  inspect: (timeout: number) => Promise<void>,
): Promise<void> {
  let interpreter: Interpreter | undefined;
  try {
    for (let timeout = 8; timeout < 12; timeout++) {
      if (interpreter === undefined || !listAll().includes(interpreter)) {
        interpreter = await create();
        await interpreter.run(PREPARE, shared);
      }
      const run = interpreter.run(`for (;;) { ${operation} }`, { timeout, onTimeout: "interrupt" });
      await assert.rejects(run, InterpreterTerminatedError);
      // Half of the loop may have been done: a wait that goes on, items that lie there.
      if (listAll().includes(interpreter)) await interpreter.run(LET_GO);
      await inspect(timeout);
    }
  } finally {
    await interpreter?.[Symbol.asyncDispose]();
  }
}
