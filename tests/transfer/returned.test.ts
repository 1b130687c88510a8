// What was to move and nobody has received: it comes back with the error, in new buffers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ChannelClosedError, createChannel, NotReceivedError } from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";

const shared = sharing();

/** Fails unless the error has these bytes back. */
function hasBack(error: unknown, ...first: readonly number[]): true {
  const { transferred } = error as { transferred?: readonly ArrayBuffer[] };
  assert.deepEqual(transferred?.map((buffer) => new Uint8Array(buffer)[0]), first);
  return true;
}

function bytes(value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(4).fill(value);
}

test("send() that nobody receives in time gives what was to move back, in the order of transfer", async () => {
  const [recv, send] = createChannel();
  const [one, two] = [bytes(1), bytes(2)];
  const options = { transfer: [two.buffer, one.buffer], timeout: 10 };
  await assert.rejects(send.send([one, two], options), (error) => {
    assert.ok(error instanceof NotReceivedError);
    return hasBack(error, 2, 1);
  });
  assert.deepEqual([one.length, two.length, recv.length], [0, 0, 0]);
});

test("send() and sendSync() with timeout 0 give what was to move back", async () => {
  const [, send] = createChannel();
  const options = (view: Uint8Array<ArrayBuffer>, timeout: number) => {
    return { transfer: [view.buffer], timeout };
  };
  const [one, two, three] = [bytes(1), bytes(2), bytes(3)];
  await assert.rejects(send.send(one, options(one, 0)), (error) => hasBack(error, 1));
  assert.throws(() => send.sendSync(two, options(two, 0)), (error) => hasBack(error, 2));
  assert.throws(() => send.sendSync(three, options(three, 5)), (error) => hasBack(error, 3));
});

test("a send on a closed channel gives what was to move back", () => {
  const [, send] = createChannel();
  send.sendNowait(1);
  send.close();
  const view = bytes(6);
  assert.throws(() => send.sendNowait(view, { transfer: [view.buffer] }), (error) => {
    assert.ok(error instanceof ChannelClosedError);
    return hasBack(error, 6);
  });
});

test("send() gives what was to move back when its channel is closed or its end released meanwhile", async () => {
  for (const end of ["close", "release"] as const) {
    const [recv, send] = createChannel();
    recv.recvNowait();
    const view = bytes(7);
    const sent = send.send(view, { transfer: [view.buffer] });
    if (end === "close") recv.close({ force: true });
    else send.release();
    await assert.rejects(sent, (error) => {
      assert.ok(error instanceof ChannelClosedError);
      return hasBack(error, 7);
    });
  }
});

test("send() that is aborted rejects with the reason as it is, and what was to move is gone", async () => {
  const [recv, send] = createChannel();
  const controller = new AbortController();
  const reason = new Error("enough");
  const view = bytes(1);
  const sent = send.send(view, { transfer: [view.buffer], signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(sent, (error) => {
    assert.equal(error, reason);
    return !("transferred" in reason);
  });
  assert.equal(recv.length, 0);

  const kept = bytes(1);
  const { signal } = controller;
  await assert.rejects(send.send(kept, { transfer: [kept.buffer], signal }), reason);
  assert.equal(kept.length, 4, "nothing moves for a signal that has fired before");
});

test("inside an interpreter a send that nobody receives gives what was to move back", async () => {
  const interpreter = await shared();
  const [, send] = createChannel();
  const found = await interpreter.evaluate(
    `const found = [];
     const back = (error) => found.push(error.name, new Uint8Array(error.transferred[0])[0]);
     const make = (value) => new Uint8Array(4).fill(value);
     const one = make(1), two = make(2), three = make(3);
     await send.send(one, { transfer: [one.buffer], timeout: 10 }).catch(back);
     try { send.sendSync(two, { transfer: [two.buffer], timeout: 10 }) } catch (error) { back(error) }
     const sent = send.send(three, { transfer: [three.buffer] }).catch(back);
     send.release();
     await sent;
     found`,
    { channels: { send } },
  );
  assert.deepEqual(found, ["NotReceivedError", 1, "NotReceivedError", 2, "ChannelClosedError", 3]);
});
