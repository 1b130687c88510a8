// What each operation does in each state of a channel: CONFORMANCE matrix 2.18a.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, type RecvChannel, type SendChannel } from "subinterpreters";

type Pair = [RecvChannel, SendChannel];
type Outcome = string | number | boolean | null | undefined;

const STATES = {
  "open and empty": () => createChannel(),
  "open with items": () => {
    const pair = createChannel();
    pair[1].sendNowait("item");
    return pair;
  },
  closing: () => {
    const pair = createChannel();
    pair[1].sendNowait("item");
    pair[1].close();
    return pair;
  },
  closed: () => {
    const pair = createChannel();
    pair[0].close();
    return pair;
  },
  "released at the sending end": () => {
    const pair = createChannel();
    pair[0].recvNowait();
    pair[1].sendNowait("item");
    pair[1].release();
    return pair;
  },
  "released at the receiving end": () => {
    const pair = createChannel();
    pair[1].sendNowait("item");
    pair[0].release();
    return pair;
  },
} satisfies Record<string, () => Pair>;

const OPERATIONS = {
  "send()": ([, send]: Pair) => send.send("new", { timeout: 0 }),
  "sendNowait()": ([, send]: Pair) => send.sendNowait("new"),
  "sendSync()": ([, send]: Pair) => send.sendSync("new", { timeout: 0 }),
  "recv()": ([recv]: Pair) => recv.recv({ timeout: 0 }),
  "recvNowait()": ([recv]: Pair) => recv.recvNowait(),
  "recvNowait(d)": ([recv]: Pair) => recv.recvNowait("d"),
  "recvSync()": ([recv]: Pair) => recv.recvSync({ timeout: 0 }),
  "recv.close()": ([recv]: Pair) => recv.close(),
  "send.close()": ([, send]: Pair) => send.close(),
  "recv.close(force)": ([recv]: Pair) => recv.close({ force: true }),
  "send.close(force)": ([, send]: Pair) => send.close({ force: true }),
  "recv.release()": ([recv]: Pair) => recv.release(),
  "send.release()": ([, send]: Pair) => send.release(),
  "recv.isClosed": ([recv]: Pair) => recv.isClosed,
  "send.isClosed": ([, send]: Pair) => send.isClosed,
} satisfies Record<string, (pair: Pair) => unknown>;

const Closed = "ChannelClosedError";
const NotEmpty = "ChannelNotEmptyError";
const NotReceived = "NotReceivedError";
const Empty = "ChannelEmptyError";
// Rows of the conformance table; then a column for each state, in the order above. A
// name of an error means that it is thrown.
const MATRIX: Record<keyof typeof OPERATIONS, readonly [string, ...Outcome[]]> = {
  "send()": ["", NotReceived, NotReceived, Closed, Closed, Closed, NotReceived],
  "sendNowait()": ["", false, false, Closed, Closed, Closed, false],
  "sendSync()": ["", NotReceived, NotReceived, Closed, Closed, Closed, NotReceived],
  "recv()": ["", Empty, "item", "item", Closed, "item", Closed],
  "recvNowait()": ["", null, "item", "item", Closed, "item", Closed],
  "recvNowait(d)": ["B298 ", "d", "item", "item", Closed, "item", Closed],
  "recvSync()": ["", Empty, "item", "item", Closed, "item", Closed],
  "recv.close()": ["B289 B298 B302 ", undefined, NotEmpty, NotEmpty, Closed, NotEmpty, NotEmpty],
  "send.close()": ["B289 B298 B302 ", undefined, undefined, Closed, Closed, undefined, undefined],
  "recv.close(force)": [
    "B289 B299 B300 ",
    undefined,
    undefined,
    undefined,
    Closed,
    undefined,
    undefined,
  ],
  "send.close(force)": [
    "B289 B299 B300 ",
    undefined,
    undefined,
    undefined,
    Closed,
    undefined,
    undefined,
  ],
  "recv.release()": ["B289 B306 ", true, true, true, false, true, false],
  "send.release()": ["B289 B306 ", true, true, true, false, false, true],
  "recv.isClosed": ["B247 ", false, false, false, true, false, false],
  "send.isClosed": ["B247 ", false, false, true, true, false, false],
};

async function outcomeOf(operation: (pair: Pair) => unknown, pair: Pair): Promise<unknown> {
  try {
    return await operation(pair);
  } catch (error) {
    return (error as Error).name;
  }
}

for (const [name, operation] of Object.entries(OPERATIONS)) {
  const [rows, ...columns] = MATRIX[name as keyof typeof OPERATIONS];
  for (const [index, [state, make]] of Object.entries(STATES).entries()) {
    const expected = columns[index];
    test(`${rows}matrix 2.18a: ${name} on a channel that is ${state} gives ${expected}`, async () => {
      assert.equal(await outcomeOf(operation, make()), expected);
    });
  }
}
