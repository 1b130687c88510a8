// `onTimeout: "interrupt"` amid an operation on a channel: whatever it is, whoever else uses
// the channel afterwards finds it whole. Either the interpreter says that it is idle, then
// nothing is half done, or it is terminated, and the host repairs what it left.

import { test } from "node:test";
import { sharing } from "../helpers/interpreter.ts";
import { inOwnProcess, interruptOnChannel } from "../helpers/interruptions.ts";

const shared = sharing();

/** Each leaves the channel as it was, so that it can be repeated without an end. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "sendNowait() and recvNowait()": "send.sendNowait(big); recv.recvNowait();",
  "sendNowait() and recv()": "send.sendNowait(big); recv.recv().catch(none);",
  "recvManySync()": "send.sendNowait(1); send.sendNowait(big); recv.recvManySync(2);",
  "recvMany()": "send.sendNowait(1); recv.recvMany(2, { timeout: 0 }).catch(none);",
  "sendSync() that gives up": "try { send.sendSync(big, { timeout: 0.01 }); } catch {}",
  "recvSync() that gives up": "try { recv.recvSync({ timeout: 0.01 }); } catch {}",
  "isClosed": "recv.isClosed; send.isClosed; ",
};
/** The same for those that reject. */
const REJECTING: Readonly<Record<string, string>> = {
  "recv() that is aborted":
    "globalThis.c = new AbortController(); recv.recv({ signal: c.signal }).catch(none); c.abort();",
  "send() that is aborted":
    "globalThis.c = new AbortController(); send.send(big, { signal: c.signal }).catch(none); c.abort();",
};

for (const [what, operation] of Object.entries(OPERATIONS)) {
  test(`run() that is interrupted in ${what} leaves the channel whole`, async () => {
    await interruptOnChannel(operation, await shared());
  });
}

for (const [what, operation] of Object.entries(REJECTING)) {
  test(`run() that is interrupted in ${what} leaves the channel whole`, async () => {
    await inOwnProcess(interruptOnChannel, operation);
  });
}
