import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { createChannel, RecvChannel, SendChannel } from "subinterpreters";

for (const id of ["1", 1.5, null, undefined, {}]) {
  test(`B233 new RecvChannel() refuses the id ${inspect(id)} with a TypeError`, () => {
    assert.throws(() => new RecvChannel(id as never), TypeError);
    assert.throws(() => new SendChannel(id as never), TypeError);
  });
}

for (
  const [options, name] of [
    [{ timeout: -1 }, "timeout"],
    [{ timeout: NaN }, "timeout"],
    [{ timeout: "5" }, "timeout"],
    [{ signal: {} }, "signal"],
    [{ other: 1 }, "other"],
    [5, "options"],
  ] as const
) {
  test(`recv() and send() name ${name} when it is ${JSON.stringify(options)}`, async () => {
    const [recv, send] = createChannel();
    const named = (error: unknown) =>
      (error instanceof TypeError || error instanceof RangeError) && error.message.includes(name);
    await assert.rejects(recv.recv(options as never), named);
    await assert.rejects(send.send(1, options as never), named);
  });
}

for (
  const [options, error] of [
    [{ capacity: 0 }, RangeError],
    [{ capacity: "1" }, TypeError],
    [{ capacity: 1.5 }, RangeError],
    [{ size: 1 }, TypeError],
  ] as const
) {
  test(`createChannel() refuses ${JSON.stringify(options)}`, () => {
    assert.throws(() => createChannel(options as never), error);
  });
}
