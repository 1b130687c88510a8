// The memory of channels: back when they are closed, on both sides, and bounded.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { createChannel } from "subinterpreters";
import { ChannelMemory, MAX_OF_GUEST } from "subinterpreters/src/host/channels/memory.ts";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const LIMIT = { timeout: 60_000 };
const OPTIONS = { unboundItems: "keep", capacity: 4096 } as const;
const shared = sharing();

/** The mappings of this process, where the system tells. */
function mappings(): number {
  const path = "/proc/self/maps";
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length : 0;
}

/** A script that fills channels, closes them, and tells how many MiB it has more than before. */
function growthOf(rounds: string): string {
  return `
    import process from "node:process";
    import { create, createChannel } from "subinterpreters";
    const mib = () => process.memoryUsage().rss / 2 ** 20;
    const interpreter = await create();
    const before = mib();
    ${rounds}
    let growth = mib() - before;
    for (let n = 0; n < 100 && growth > 200; n++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      growth = mib() - before;
    }
    console.log(Math.round(growth));
    await interpreter.close();
  `;
}

const ROUNDS = {
  "close() of drained channels": `
    for (let k = 0; k < 8; k++) {
      const [recv, send] = createChannel();
      for (let n = 0; n < 40; n++) send.sendNowait(new Uint8Array(2 ** 20));
      for (let n = 0; n < 40; n++) recv.recvNowait();
      send.close();
    }`,
  "close() of channels with items that an interpreter sent": `
    const kept = [];
    await interpreter.run("globalThis.kept = []; globalThis.item = new Uint8Array(2 ** 20);");
    for (let k = 0; k < 8; k++) {
      const [recv, send] = createChannel();
      await interpreter.run(
        "kept.push(out); for (let n = 0; n < 40; n++) out.sendNowait(item);",
        { channels: { out: send } },
      );
      recv.close({ force: true });
      kept.push(recv, send);
    }`,
  "close() inside of channels that the program has": `
    const kept = [];
    await interpreter.run("globalThis.item = new Uint8Array(2 ** 20);");
    for (let k = 0; k < 8; k++) {
      const [recv, send] = createChannel();
      kept.push(recv, send);
      await interpreter.run(
        "for (let n = 0; n < 40; n++) out.sendNowait(item); out.close({ force: true });",
        { channels: { out: send } },
      );
    }`,
};

for (const [what, rounds] of Object.entries(ROUNDS)) {
  test(`${what} gives their memory back, before anything else is called`, LIMIT, async () => {
    const { code, stdout, stderr } = await spawnScript(growthOf(rounds), { timeoutMs: 60_000 });
    assert.equal(code, 0, stderr);
    // 320 MiB were in the channels.
    assert.ok(Number(stdout) <= 200, `${stdout.trim()} MiB are left`);
  });
}

test(
  "createChannel() uses the memory of closed ones again, whose handles are kept",
  LIMIT,
  async () => {
    const open = `
    import { createChannel } from "subinterpreters";
    globalThis.kept = [];
    for (let n = 0; n < 3000; n++) {
      const [recv, send] = createChannel();
      send.sendNowait(n);
      if (recv.recvNowait() !== n) throw new Error("not its own item");
      kept.push(recv);
      recv.close();
    }`;
    const interpreter = await shared();
    const before = mappings();
    await interpreter.run(open);
    const kept = [];
    for (let n = 0; n < 3000; n++) {
      const [recv] = createChannel();
      recv.close();
      kept.push(recv);
    }
    assert.ok(kept.every(({ isClosed }) => isClosed));
    assert.equal(await interpreter.evaluate("kept.every((one) => one.isClosed)"), true);
    assert.ok(mappings() - before < 3000, `${before} mappings have become ${mappings()}`);
  },
);

test(
  "createChannel() inside throws a RangeError at some thousand, children included",
  LIMIT,
  async (t) => {
    const interpreter = await scoped(t);
    const made = await interpreter.evaluate<number>(`
    import { create, createChannel } from "subinterpreters";
    globalThis.kept = [];
    for (let n = 0; n < 2000; n++) kept.push(createChannel());
    const child = await create();
    const ofChild = await child.evaluate(\`
      import { createChannel } from "subinterpreters";
      globalThis.kept = [];
      let refusal;
      try {
        for (;;) kept.push(createChannel());
      } catch (error) {
        refusal = error;
      }
      if (!(refusal instanceof RangeError)) throw refusal;
      kept.length;
    \`);
    let refusal;
    try {
      createChannel();
    } catch (error) {
      refusal = error;
    }
    if (!(refusal instanceof RangeError)) throw refusal;
    ofChild + kept.length;
  `);
    assert.equal(made, MAX_OF_GUEST);
    const other = await shared();
    await other.run("import { createChannel } from 'subinterpreters'; createChannel();");
    createChannel()[0].close();
  },
);

test("ChannelMemory reuses what only its maker has met, and zeroed", () => {
  const memory = new ChannelMemory();
  const by = { maker: 3, counted: 3 };
  const first = memory.take(1, by, OPTIONS);
  memory.lend(1, 3);
  new Uint8Array(first).fill(255);
  assert.equal(memory.reuse(1, first, 3), true);
  const second = memory.take(2, by, OPTIONS);
  assert.equal(second, first);
  assert.ok(!new Uint8Array(second).includes(255));
  // Another interpreter meets it: nobody may be fooled by it later.
  memory.lend(2, 4);
  assert.equal(memory.reuse(2, second, 3), false);
  assert.notEqual(memory.take(3, by, OPTIONS), second);
});

test("ChannelMemory counts what is closed until it was collected everywhere", () => {
  const memory = new ChannelMemory();
  const by = { maker: 3, counted: 3 };
  for (let id = 0; id < MAX_OF_GUEST; id++) {
    memory.take(id, by, OPTIONS);
    memory.lend(id, 3);
    memory.lend(id, 4);
  }
  assert.throws(() => memory.take(MAX_OF_GUEST, by, OPTIONS), {
    name: "RangeError",
    message: /^Cannot create a channel: interpreter 3, .* close some/,
  });
  assert.equal(memory.take(MAX_OF_GUEST, { maker: 0, counted: 0 }, OPTIONS).growable, true);
});

test("ChannelMemory gives the main interpreter what the others do not use", () => {
  const memory = new ChannelMemory({ ofGuest: 4, ofGuests: 12, ofAll: 20 });
  let id = 0;
  const takeAll = (of: number): [taken: number, refusal: string] => {
    for (let taken = 0;; taken++) {
      try {
        memory.take(id++, { maker: of, counted: of }, OPTIONS);
      } catch (error) {
        assert.ok(error instanceof RangeError);
        return [taken, error.message.replace(/;.*/, "")];
      }
    }
  };
  const refusal = (of: string) => `Cannot create a channel: ${of} already`;
  const ofGuest = (guest: number) =>
    refusal(`interpreter ${guest}, with those that it created, has the memory of 4`);
  assert.deepEqual(takeAll(1), [4, ofGuest(1)]);
  assert.deepEqual(takeAll(2), [4, ofGuest(2)]);
  assert.deepEqual(takeAll(0), [12, refusal("all interpreters have the memory of 20")]);
  assert.deepEqual(takeAll(3), [0, refusal("all interpreters have the memory of 20")]);
});

test("ChannelMemory leaves the main interpreter some, whatever the others have", () => {
  const memory = new ChannelMemory({ ofGuest: 4, ofGuests: 6, ofAll: 7 });
  const take = (id: number, of: number) => memory.take(id, { maker: of, counted: of }, OPTIONS);
  for (let id = 0; id < 4; id++) take(id, 1);
  for (let id = 4; id < 6; id++) take(id, 2);
  assert.throws(() => take(6, 2), {
    name: "RangeError",
    message: /^Cannot create a channel: all interpreters but the main one have the memory of 6 /,
  });
  take(6, 0);
  assert.throws(() => take(7, 0), /: all interpreters have the memory of 7 already/);
});
