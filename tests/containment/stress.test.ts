// Many kills, many interpreters. `npm run test:stress` runs the long form of each.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { create, createChannel, listAll, listAllChannels } from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";
import { Memory } from "../helpers/memory.ts";
import { randomFrom, seeded } from "../helpers/seed.ts";
import { until } from "../helpers/until.ts";

const isLong = process.env["STRESS"] === "1";
const MINUTES = 60_000;

// Sends on both channels and waits for its items to be received; tells how many it sent. It rests
// most of the time, because nothing is killed while the next victims start.
const SENDER = `
  let sent = 0;
  for (; stop.recvNowait() === null; sent++) {
    await kept.send({ from: "sender", n: sent });
    await contested.send({ from: "sender", n: sent });
    if (sent % 16 === 0) await new Promise((go) => setTimeout(go, 4));
  }
  sent`;

// Receives on both channels until they close; tells how many came from whom, and what was wrong.
const RECEIVER = `
  const seen = {}, wrong = [];
  const listen = async (recv, mayMiss) => {
    const last = {};
    for await (const { from, n } of recv) {
      const expected = (last[from] ?? -1) + 1;
      if (mayMiss ? n < expected : n !== expected) wrong.push([from, n, expected]);
      last[from] = n;
      if (!mayMiss) seen[from] = n + 1;
    }
  };
  await Promise.all([listen(kept, false), listen(contested, true)]);
  ({ seen, wrong: wrong.slice(0, 5) })`;

// Everything that takes a lock, in a loop, until it is killed; with a pause, or what nobody
// has received yet grows without bounds.
const VICTIM = `
  for (let n = 0;; n++) {
    kept.sendNowait({ from: name, n });
    if (n === 0) begin.sendNowait(null);
    contestedSend.sendNowait({ from: name, n: n * 2 });
    contestedRecv.recvNowait();
    if (n % 8 === 3) await contestedRecv.recv({ timeout: 1 }).catch(() => {});
    if (n % 8 === 5) await contestedSend.send({ from: name, n: n * 2 + 1 }, { timeout: 1 }).catch(() => {});
    if (n % 4 === 3) await new Promise((go) => setTimeout(go, 1));
  }`;

test("terminate() at random moments loses, doubles and reorders no survivor's items", {
  timeout: 30 * MINUTES,
}, async (t) => {
  const { seed, numRuns } = seeded({ numRuns: isLong ? 2_000 : 60 });
  const random = randomFrom(seed);
  const [sender, receiver] = await Promise.all([scoped(t), scoped(t)]);
  const [keptRecv, keptSend] = createChannel();
  const [contestedRecv, contestedSend] = createChannel();
  const [stopRecv, stopSend] = createChannel();
  const sending = sender.evaluate<number>(SENDER, {
    channels: { kept: keptSend, contested: contestedSend, stop: stopRecv },
  });
  const receiving = receiver.evaluate<
    { seen: Record<string, number>; wrong: unknown[] }
  >(RECEIVER, { channels: { kept: keptRecv, contested: contestedRecv } });
  let kills = 0;
  let hostSent = 0;
  const memory = new Memory(numRuns);
  const kill = async () => {
    while (kills < numRuns) {
      const round = ++kills;
      const name = `victim ${round}`;
      const victim = await create();
      const [begun, begin] = createChannel();
      const ended = assert.rejects(
        victim.run(`const name = ${JSON.stringify(name)}; ${VICTIM}`, {
          channels: { begin, kept: keptSend, contestedRecv, contestedSend },
        }),
        { reason: "terminated" },
      );
      // Killed before it begins, it would have nothing to lose.
      await Promise.race([begun.recv(), ended]);
      begun.close();
      await new Promise((go) => setTimeout(go, random() * 12));
      await Promise.all([victim.terminate(), ended]);
      keptSend.sendNowait({ from: "host", n: hostSent++ });
      if (isLong) memory.look(round);
    }
  };
  await Promise.all([kill(), kill(), kill()]);
  await stopSend.send("stop");
  const sent = await sending;
  keptSend.close();
  contestedSend.close();
  const { seen, wrong } = await receiving;
  assert.deepEqual(wrong, []);
  assert.deepEqual([seen["sender"], seen["host"]], [sent, hostSent]);
  const amid = Object.keys(seen).filter((from) => from.startsWith("victim")).length;
  assert.ok(amid > numRuns / 2, `${amid} of ${numRuns} were killed in the middle of it`);
  assert.equal(listAll().length, 3);
  if (isLong) memory.assertFlat();
});

test("create() and close() again and again leave nothing behind", {
  timeout: 30 * MINUTES,
}, async () => {
  const rounds = isLong ? 5_000 : 4;
  const before = [listAll().length, listAllChannels().length];
  const memory = new Memory(rounds);
  for (let n = 0; n < rounds; n++) {
    const interpreter = await create();
    if (n % 4 === 0) await interpreter.run("1");
    await interpreter.close();
    if (isLong) memory.look(n + 1);
  }
  assert.deepEqual([listAll().length, listAllChannels().length], before);
  if (isLong) memory.assertFlat();
});

test("create() of many interpreters at once gives as many that respond and end", {
  timeout: 10 * MINUTES,
}, async () => {
  const count = isLong ? 200 : 8;
  const all = await Promise.all(Array.from({ length: count }, () => create()));
  const ids = await Promise.all(
    all.map((interpreter) =>
      interpreter.evaluate<number>(
        "import { getCurrent } from 'subinterpreters'; getCurrent().id",
      )
    ),
  );
  assert.deepEqual(ids, all.map(({ id }) => id));
  const [busy, idle] = [all.slice(0, count / 2), all.slice(count / 2)];
  const ended = busy.map((interpreter) => assert.rejects(interpreter.run("for (;;);")));
  await Promise.all([
    ...busy.map((interpreter) => interpreter.terminate()),
    ...idle.map((interpreter) => interpreter.close()),
    ...ended,
  ]);
  assert.equal(listAll().length, 1);
});

test("terminate() ends a loop of timeouts of node:vm, every time", {
  timeout: 30 * MINUTES,
}, async () => {
  const rounds = isLong ? 200 : 4;
  for (let n = 0; n < rounds; n++) {
    const interpreter = await create();
    const [recv, send] = createChannel();
    const [begun, begin] = createChannel();
    const ended = assert.rejects(
      interpreter.run(
        `import { createContext, runInContext, runInThisContext } from "node:vm";
        const counter = await recv.recv();
        const context = createContext({});
        const timeout = 1;
        for (let n = 0;; n++) {
          try {
            if (n % 2 === 0) runInThisContext("for (;;);", { timeout });
            else runInContext("for (;;);", context, { timeout });
          } catch {}
          if (Atomics.add(counter, 0, 1) === 3) begin.sendNowait(null);
        }`,
        { channels: { recv, begin } },
      ),
    );
    const counter = new Int32Array(new SharedArrayBuffer(4));
    await send.send(counter);
    await begun.recv();
    await interpreter.terminate();
    await ended;
    await until(async () => {
      const before = Atomics.load(counter, 0);
      await new Promise((go) => setTimeout(go, 100));
      return Atomics.load(counter, 0) === before;
    }, { what: "the loop stands still" });
  }
});
