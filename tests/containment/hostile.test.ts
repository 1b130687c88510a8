// What a hostile interpreter may do, and what must happen: the host answers all along,
// a neighbour's channel is untouched, and the caller is told.

import assert from "node:assert/strict";
import test from "node:test";
import { ChannelError, create, createChannel, RunFailedError } from "subinterpreters";
import { realm } from "subinterpreters/src/api/realm.ts";
import {
  HEAD,
  HEADER_WORDS,
  RECV_WAITERS,
  TAIL,
} from "subinterpreters/src/channel/memory/layout.ts";
import { forgedFrame, generator } from "../helpers/fuzz.ts";
import { sharing } from "../helpers/interpreter.ts";
import { seeded } from "../helpers/seed.ts";
import { until } from "../helpers/until.ts";
import { withItsWire } from "../helpers/wire.ts";

const timeout = 60_000;
const neighbours = sharing();

/** Runs what the hostile one does while a neighbour talks to the host; returns the neighbour's count. */
async function beside(act: () => Promise<unknown>): Promise<void> {
  const [requests, ask] = createChannel();
  const [answers, reply] = createChannel();
  const neighbour = await neighbours();
  const talk = neighbour.run(
    "for await (const n of requests) await reply.send(n + 1)",
    { channels: { requests, reply } },
  );
  let isOver = false;
  const acting = act().finally(() => {
    isOver = true;
  });
  for (let n = 0; n === 0 || !isOver; n++) {
    await ask.send(n, { timeout: 10_000 });
    assert.equal(await answers.recv({ timeout: 10_000 }), n + 1);
    // So that the hostile one's frames are read too.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await acting;
  ask.close();
  await talk;
}

const ACTS: Readonly<Record<string, string>> = {
  "loops": "for (;;);",
  "loops in microtasks": "const next = () => Promise.resolve().then(next); await next();",
  "exits": "process.exit(3)",
  "throws from a timer":
    "setTimeout(() => { throw new Error('late'); }, 0); await new Promise(() => {});",
  "leaves a promise rejected": "Promise.reject(new Error('left')); await new Promise(() => {});",
  "closes its ports": `
    const { parentPort } = process.getBuiltinModule("worker_threads");
    parentPort?.close();
    globalThis.close?.();
    for (;;);`,
  "floods its parent's port": `
    const { parentPort } = process.getBuiltinModule("worker_threads");
    for (let i = 0; i < 5000; i++) (parentPort ?? globalThis).postMessage({ type: "done", call: 1, i });
    throw new Error("flooded");`,
  "throws an error of MiBs": `
    const error = new Error("x".repeat(2 ** 22));
    for (let at = error, n = 0; n < 200; n++) at = at.cause = new Error("y".repeat(2 ** 16));
    throw error;`,
  "throws a cycle":
    "const error = new Error('around'); error.cause = error; error.errors = [error]; throw error;",
};

/** What goes on until it is stopped; the others have time to end in their own way. */
const ENDLESS = new Set(["loops", "loops in microtasks", "closes its ports"]);

for (const [act, source] of Object.entries(ACTS)) {
  test(`an interpreter that ${act} harms nobody, and its run is told`, { timeout }, async () => {
    await beside(async () => {
      const hostile = await create();
      const ms = ENDLESS.has(act) ? 200 : 2_000;
      await assert.rejects(hostile.run(source, { timeout: ms }), RunFailedError);
      await hostile[Symbol.asyncDispose]();
    });
  });
}

test("an interpreter that floods the host with channels and requests harms nobody", {
  timeout,
}, async () => {
  await beside(async () => {
    const hostile = await create();
    await hostile.run(`
      import { createChannel, listAllChannels } from "subinterpreters";
      const kept = [];
      for (let i = 0; i < 300; i++) kept.push(createChannel());
      for (const [recv] of kept) recv.close();
    `);
    await hostile.terminate();
  });
});

test("whoever waits on a channel whose memory is damaged is told, in every interpreter", {
  timeout,
}, async () => {
  await beside(async () => {
    const [recv, send] = createChannel();
    const victims = [await create(), await create()];
    const runs = [
      victims[0]!.run("inbox.recvSync()", { channels: { inbox: recv } }),
      victims[1]!.run("await inbox.recv()", { channels: { inbox: recv } }),
    ].map((run) => assert.rejects(run, /ChannelClosedError: Cannot use channel \d+: .*damaged/));
    const own = assert.rejects(recv.recv(), ChannelError);
    const channel = realm().openChannel(recv.id)!;
    const words = new Int32Array(channel.buffer!);
    await until(() => words[RECV_WAITERS] === 3);
    words.fill(0x7fff_fff1, HEADER_WORDS);
    words[HEAD] = 12_345;
    words[TAIL] = -7;
    assert.throws(() => send.sendNowait(1), ChannelError);
    await Promise.all([own, ...runs]);
    assert.equal(recv.isClosed, true);
    for (const victim of victims) {
      assert.equal(await victim.evaluate("1 + 1"), 2);
      await victim.close();
    }
  });
});

/** Frames with which an interpreter ends itself, or does what it may. */
function isMeant(frame: unknown): boolean {
  const { type, operation } = frame as { type?: unknown; operation?: unknown };
  return type === "exit" || type === "asleep" ||
    (type === "request" && ["create", "close", "terminate"].includes(String(operation)));
}

test("forged frames of one interpreter reach no other, and do not stop the host", {
  timeout: 600_000,
}, async (t) => {
  const { seed, numRuns } = seeded({ numRuns: 2_000 });
  const random = generator(seed);
  const [interpreter, hear] = await withItsWire(t);
  // What it reports of itself is its own affair.
  t.mock.method(process.stderr, "write", () => true);
  await beside(async () => {
    for (let n = 0; n < numRuns; n++) {
      const frame = forgedFrame(random);
      if (typeof frame === "object" && frame !== null && isMeant(frame)) continue;
      hear(frame);
      // Often enough that it is no flood.
      if (n % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  });
  await interpreter.terminate();
});
