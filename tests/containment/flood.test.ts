// What keeps a flood out of the host's memory: an interpreter stops at so much that its
// host has not handled, and goes on when it has. Each test counts what was posted, and
// fails as soon as it is more than the host should ever hold.

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { test, type TestContext } from "node:test";
import { createChannel, type CreateOptions, type Interpreter } from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const timeout = 60_000;

/** More than a host ever has before it of one interpreter, in bytes. */
const BOUND = 2 ** 24;
/** The same where it keeps output for who reads it. */
const KEPT_BOUND = 2 ** 26;
/** So long nothing comes from one that has stopped. */
const SILENCE_MS = 300;
const LOOK_MS = 10;
/** More than anybody receives in the time that such a run has. */
const MOST_ITEMS = 4_000_000;

interface Flood {
  /** One more piece of it. */
  readonly piece: string;
  /** What a piece takes of the host's memory at least, in bytes. */
  readonly bytes: number;
  readonly options?: CreateOptions;
}

const FLOODS: Readonly<Record<string, Flood>> = {
  "large pieces of output": {
    piece: "process.stdout.write(text);",
    bytes: 65_536,
    options: { stdout: () => {} },
  },
  "small pieces of output": {
    piece: "console.log('x');",
    bytes: 4_096,
    options: { stdout: () => {} },
  },
  "requests": { piece: "void main.close().catch(() => {});", bytes: 4_096 },
  "calls of a host function": {
    piece: "void host.take(text).catch(() => {});",
    bytes: 65_536,
    options: { functions: { take: () => {} } },
  },
  "shared memory in items": {
    piece: "other.sendNowait(shared);",
    bytes: 65_536,
  },
};

/** Starts the flood in an interpreter that has loaded; the result counts its pieces. */
async function begin(
  t: TestContext,
  { piece, options }: Flood,
): Promise<{ interpreter: Interpreter; count: () => number }> {
  const interpreter = await scoped(t, options);
  const [counters, give] = createChannel();
  const [ready, sayReady] = createChannel();
  const [, other] = createChannel();
  const counter = new Int32Array(new SharedArrayBuffer(4));
  interpreter.run(
    `import { getMain, host } from "subinterpreters";
    const main = getMain();
    const text = "x".repeat(65_536);
    const shared = Array.from({ length: 64 }, () => new SharedArrayBuffer(8));
    const counter = await counters.recv();
    sayReady.sendNowait(true);
    counters.recvSync();
    for (;;) {
      Atomics.add(counter, 0, 1);
      ${piece}
    }`,
    { channels: { counters, sayReady, other } },
  ).catch(() => {});
  await give.send(counter);
  await ready.recv();
  give.sendNowait("go");
  return { interpreter, count: () => Atomics.load(counter, 0) };
}

function assertBounded(pieces: number, { bytes, options }: Flood): void {
  const bound = options?.stdout === "capture" ? KEPT_BOUND : BOUND;
  assert.ok(pieces * bytes < bound, `${pieces} pieces of ${bytes} bytes were posted`);
}

for (const [name, flood] of Object.entries(FLOODS)) {
  test(`a flood of ${name} stops while the program blocks, and goes on after`, {
    timeout,
  }, async (t) => {
    const { interpreter, count } = await begin(t, flood);
    const cell = new Int32Array(new SharedArrayBuffer(4));
    let last = 0;
    for (let silent = 0; silent < SILENCE_MS || last === 0; silent += LOOK_MS) {
      Atomics.wait(cell, 0, 0, LOOK_MS);
      if (count() !== last) silent = 0;
      last = count();
      assertBounded(last, flood);
    }
    while (count() < 3 * last) await pause(LOOK_MS);
    await interpreter.terminate();
  });
}

test("a flood of output that nobody reads stops while the program goes on", {
  timeout,
}, async (t) => {
  const flood: Flood = { ...FLOODS["large pieces of output"]!, options: { stdout: "capture" } };
  const { interpreter, count } = await begin(t, flood);
  let last = 0;
  for (let silent = 0; silent < SILENCE_MS || last === 0; silent += LOOK_MS) {
    await pause(LOOK_MS);
    if (count() !== last) silent = 0;
    last = count();
    assertBounded(last, flood);
  }
  // Who reads slowly holds it up as much.
  let read = 0;
  for await (const text of interpreter.stdout) {
    read += text.length;
    assertBounded(count() - read / flood.bytes, flood);
    if (count() > 3 * last) break;
  }
});

test("many interpreters that print at once wait for room without a warning", {
  timeout,
}, async () => {
  const { code, stdout, stderr } = await spawnScript(
    `import { create } from "subinterpreters";
    const limits = { outputBytes: 2 ** 30 };
    const all = await Promise.all(Array.from({ length: 12 }, () => create({ limits })));
    const source = "for (let n = 0; n < 300; n++) console.log('x'.repeat(1_999))";
    await Promise.all(all.map((one) => one.run(source)));
    await Promise.all(all.map((one) => one.close()));`,
  );
  assert.deepEqual([code, stdout.length, stderr], [0, 12 * 300 * 2_000, ""]);
});

test("a run that floods a channel ends with its timeout, whatever the program receives", {
  timeout,
}, async (t) => {
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  let hasEnded = false;
  const run = interpreter.run("for (let n = 0;; n++) send.sendNowait(n);", {
    channels: { send },
    timeout: 50,
  }).finally(() => {
    hasEnded = true;
    send.close();
  });
  const isRejected = assert.rejects(run, { reason: "timeout" });
  let items = 0;
  for await (const _ of recv) {
    if (hasEnded) break;
    assert.ok(++items < MOST_ITEMS, "no timer fired meanwhile");
  }
  await isRejected;
});
