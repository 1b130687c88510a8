import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, RunFailedError } from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();
const another = sharing();

test("B159 B443 run() binds a pair as channels", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  await interpreter.run("channels[1].sendNowait(channels.length)", { channels: [recv, send] });
  assert.equal(recv.recvNowait(), 2);
});

test("B161 B442 run() binds a record by its names, with the same ids", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const ids = await interpreter.evaluate("[r.id, s.id]", { channels: { r: recv, s: send } });
  assert.deepEqual(ids, [recv.id, send.id]);
});

test("B116 names of channels stay bound for later runs", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  await interpreter.run("", { channels: { out: send } });
  await interpreter.run("out.sendNowait(1)");
  assert.equal(recv.recvNowait(), 1);
});

test("B423 errors of the library inside are named in excinfo", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  recv.close();
  await assert.rejects(interpreter.run("1", { channels: { send } }), {
    name: "ChannelClosedError",
  });
  await assert.rejects(
    interpreter.run(`
      import { SendChannel } from "subinterpreters";
      new SendChannel(${send.id}).sendNowait(1);
    `),
    (error) => error instanceof RunFailedError && error.excinfo.name === "ChannelClosedError",
  );
});

test("B426 errors are caught by class inside", async () => {
  const interpreter = await shared();
  const caught = await interpreter.evaluate(`
    import { ChannelNotFoundError, RecvChannel } from "subinterpreters";
    let caught = false;
    try { new RecvChannel(999999).recvNowait() } catch (error) {
      caught = error instanceof ChannelNotFoundError;
    }
    caught;
  `);
  assert.equal(caught, true);
});

test("B439 what a run sent can be received right after it", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  for (let i = 0; i < 20; i++) {
    await interpreter.run(`out.sendNowait(${i})`, { channels: { out: send } });
    assert.equal(recv.recvNowait(), i);
  }
});

test("B440 what was sent before a run can be received in it", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  send.sendNowait("before");
  assert.equal(
    await interpreter.evaluate("source.recvNowait()", { channels: { source: recv } }),
    "before",
  );
});

test("B240 ends cross through channels and work on the other side", async () => {
  const interpreter = await shared();
  const [inbox, toGuest] = createChannel();
  const [recv, send] = createChannel();
  toGuest.sendNowait({ reply: send, self: inbox });
  await interpreter.run(
    `
    const { reply, self } = await inbox.recv();
    reply.sendNowait([self.id, self.equals(inbox)]);
    `,
    { channels: { inbox } },
  );
  assert.deepEqual(recv.recvNowait(), [inbox.id, true]);
});

test("createChannel() inside gives channels that the program can open by id", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  await interpreter.run(
    `
    import { createChannel } from "subinterpreters";
    const [inner, innerSend] = createChannel();
    innerSend.sendNowait("from inside");
    out.sendNowait(inner);
    `,
    { channels: { out: send } },
  );
  const inner = recv.recvNowait() as typeof recv;
  assert.equal(inner.recvNowait(), "from inside");
});

test("B220 shared memory in an item is shared, both ways", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const memory = new Int32Array(new SharedArrayBuffer(8));
  send.sendNowait({ memory });
  await interpreter.run("const { memory } = await source.recv(); memory[0] = 41", {
    channels: { source: recv },
  });
  assert.equal(memory[0], 41);
  memory[1] = 1;
  assert.equal(await interpreter.evaluate("memory[0] + memory[1]"), 42);
});

test("shared memory crosses between two interpreters", async () => {
  const [a, b] = [await shared(), await another()];
  const [recv, send] = createChannel();
  const receiving = b.evaluate("const view = await source.recv(); view[0] = 7; view.length", {
    channels: { source: recv },
  });
  await a.run("const view = new Uint8Array(new SharedArrayBuffer(4)); await out.send(view)", {
    channels: { out: send },
  });
  assert.equal(await receiving, 4);
  assert.equal(await a.evaluate("view[0]"), 7);
});

test("a 48 MiB message passes", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const big = new Uint8Array(48 * 2 ** 20).fill(7);
  big[big.length - 1] = 9;
  send.sendNowait(big);
  const seen = await interpreter.evaluate(
    "const big = await source.recv(); [big.length, big[0], big[big.length - 1]]",
    { channels: { source: recv } },
  );
  assert.deepEqual(seen, [big.length, 7, 9]);
});

test("SharedArrayBuffers arrive, each once, whoever of several interpreters sends and receives", async (t) => {
  const COUNT = 300;
  const [recv, send] = createChannel();
  const make = async () => await scoped(t);
  const [one, other, ...receivers] = await Promise.all([make(), make(), make(), make()]);
  const sending = [one, other].map((sender) =>
    sender?.run(
      `for (let n = 0; n < ${COUNT}; n++) {
        const shared = new Int32Array(new SharedArrayBuffer(4));
        shared[0] = 1;
        if (n % 2 === 0) send.sendSync(shared);
        else await send.send(shared);
      }`,
      { channels: { send } },
    )
  );
  const sums = await Promise.all(receivers.map((receiver) =>
    receiver.evaluate<number>(
      `let sum = 0; for (let n = 0; n < ${COUNT}; n++) sum += (await recv.recv())[0]; sum`,
      { channels: { recv } },
    )
  ));
  assert.deepEqual(sums, [COUNT, COUNT]);
  await Promise.all(sending);
});

test("SharedArrayBuffers arrive in the host, each once, whoever of several interpreters sends", async (t) => {
  const COUNT = 300;
  const [recv, send] = createChannel();
  const senders = await Promise.all([scoped(t), scoped(t)]);
  const sending = senders.map((sender) =>
    sender.run(
      `for (let n = 0; n < ${COUNT}; n++) await send.send(new Int32Array(new SharedArrayBuffer(4)))`,
      { channels: { send } },
    )
  );
  let received = 0;
  for (; received < COUNT; received++) assert.ok(await recv.recv() instanceof Int32Array);
  for await (const item of recv) {
    assert.ok(item instanceof Int32Array);
    if (++received === 2 * COUNT) break;
  }
  await Promise.all(sending);
});

test("SharedArrayBuffers arrive in a host that never waits for them", async (t) => {
  const COUNT = 500;
  const [recv, send] = createChannel();
  const senders = await Promise.all([scoped(t), scoped(t), scoped(t)]);
  const sending = senders.map((sender) =>
    sender.run(
      `for (let n = 0; n < ${COUNT}; n++) {
        send.sendNowait(new Int32Array(new SharedArrayBuffer(4)));
        if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      }`,
      { channels: { send } },
    )
  );
  let received = 0;
  while (received < 3 * COUNT) {
    const item = recv.recvNowait();
    if (item === null) {
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
      continue;
    }
    assert.ok(item instanceof Int32Array);
    received++;
  }
  await Promise.all(sending);
});
