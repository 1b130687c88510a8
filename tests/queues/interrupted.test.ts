// `onTimeout: "interrupt"` amid an operation on a queue: whoever else uses the queue afterwards
// finds it whole, with all of its room.

import { test } from "node:test";
import { sharing } from "../helpers/interpreter.ts";
import { inOwnProcess, interruptOnQueue } from "../helpers/interruptions.ts";

const shared = sharing();

/** Each leaves the queue, which has room for two items, nearly as it was. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "putNowait() and getNowait()": "queue.putNowait(big); queue.getNowait();",
  "putSync() that gives up":
    "try { for (;;) queue.putSync(big, { timeout: 0.01 }); } catch {} while (!queue.empty()) queue.getNowait();",
  "getSync() that gives up": "try { queue.getSync({ timeout: 0.01 }); } catch {}",
  "full() and qsize()": "queue.full(); queue.qsize();",
};
/** The same for those that reject. */
const REJECTING: Readonly<Record<string, string>> = {
  "put() that is aborted":
    "globalThis.c = new AbortController(); for (let i = 0; i < 4; i++) queue.put(big, { signal: c.signal }).catch(none); c.abort(); while (!queue.empty()) queue.getNowait();",
};

for (const [what, operation] of Object.entries(OPERATIONS)) {
  test(`run() that is interrupted in ${what} leaves the queue whole`, async () => {
    await interruptOnQueue(operation, await shared());
  });
}

for (const [what, operation] of Object.entries(REJECTING)) {
  test(`run() that is interrupted in ${what} leaves the queue whole`, async () => {
    await inOwnProcess(interruptOnQueue, operation);
  });
}
