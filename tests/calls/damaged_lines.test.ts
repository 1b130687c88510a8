// What becomes of calls if what carries them cannot be read or is damaged: whoever called hears
// of it, and the program goes on.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { InterpreterError, NotShareableError } from "subinterpreters";
import { functionTarget, lineTo } from "subinterpreters/src/api/line.ts";
import { type LaneEnds, realm } from "subinterpreters/src/api/realm.ts";
import { Channel } from "subinterpreters/src/channel/channel.ts";
import { HEAD, HEADER_WORDS, SEND_LOCK, TAIL } from "subinterpreters/src/channel/memory/layout.ts";
import { RunLane } from "subinterpreters/src/host/runs/run_lane.ts";
import { VALUES } from "subinterpreters/src/protocol/line.ts";
import { scoped } from "../helpers/interpreter.ts";

type Work = typeof import("../modules/fixtures/work.ts");

const timeout = 60_000;
const WORK = new URL("../modules/fixtures/work.ts", import.meta.url);
/** More than an interpreter may have deposited: what goes beside the bytes is dropped. */
const TOO_MUCH =
  `Array.from({ length: 1000 }, () => new SharedArrayBuffer(8, { maxByteLength: 16 }))`;

/** The ends of the lanes that are opened from now on. */
function watchLanes(t: TestContext): LaneEnds[] {
  const side = realm();
  const seen: LaneEnds[] = [];
  const open = side.openLane.bind(side);
  side.openLane = (...given) => {
    const ends = open(...given);
    seen.push(ends);
    return ends;
  };
  t.after(() => {
    side.openLane = open;
  });
  return seen;
}

/** Posts a call of a text. */
function post(id: number, text: string): Promise<unknown> {
  return new Promise((succeed, fail) => {
    const target = functionTarget(text, "<task>");
    lineTo(id).post({ target, args: [], inTurn: false }, { succeed, fail });
  });
}

/** Damages the memory that carries calls, as source can that has got at it. */
function damage(lane: LaneEnds | undefined): void {
  const buffer = lane?.calls.buffer;
  assert.ok(buffer !== undefined);
  const words = new Int32Array(buffer);
  words.fill(0x7fff_fff1, HEADER_WORDS);
  words[HEAD] = 12_345;
  words[TAIL] = -7;
}

test("line post() rejects if the result cannot be received, and others are answered", {
  timeout,
}, async (t) => {
  const { id } = await scoped(t);
  const waiting = post(id, "() => new Promise((go) => { globalThis.go = go; })");
  await assert.rejects(post(id, `() => ${TOO_MUCH}`), (error) => {
    assert.ok(error instanceof NotShareableError);
    assert.match(error.message, /^The result cannot be received: .*a piece is missing/);
    return true;
  });
  assert.equal(await post(id, "() => globalThis.go(5)"), undefined);
  assert.equal(await waiting, 5);
});

test("line post() rejects if the arguments cannot be received", { timeout }, async (t) => {
  const called = await scoped(t);
  const caller = await scoped(t);
  const found = await caller.evaluate(
    `
    const remote = await called.import(url);
    const error = await remote.later(${TOO_MUCH}).catch((error) => error);
    [error.name, error.message, await remote.later(6)];
  `,
    { values: { called, url: WORK.href } },
  );
  assert.ok(Array.isArray(found));
  assert.equal(found[0], "NotShareableError");
  assert.match(String(found[1]), /^The arguments cannot be received: .*a piece is missing/);
  assert.equal(found[2], 6);
});

test("calls fail over a line that is damaged, and the next one has another line", {
  timeout,
}, async (t) => {
  const lanes = watchLanes(t);
  const interpreter = await scoped(t);
  const remote = await interpreter.import<Work>(WORK);
  const isDamage = (error: unknown) =>
    error instanceof InterpreterError && /what carries calls is damaged$/.test(error.message);
  const waiting = assert.rejects(remote.forever(), isDamage);
  const items = remote.items(10_000);
  await items.next();
  damage(lanes[0]);
  await assert.rejects(remote.add(1, 2), isDamage);
  await waiting;
  await assert.rejects(async () => {
    for await (const _ of items);
  }, isDamage);
  assert.equal(await remote.add(1, 2), 3);
  damage(lanes[1]);
  await assert.rejects(remote.version, isDamage);
  assert.equal(await remote.version, "1.2.3");
});

test("a timeout of a call does not fail the program if somebody keeps its line's lock", {
  timeout,
}, async (t) => {
  const lanes = watchLanes(t);
  const interpreter = await scoped(t);
  const remote = await interpreter.import<Work>(WORK);
  const waiting = assert.rejects(remote.forever.withOptions({ timeout: 1 })(), InterpreterError);
  const buffer = lanes[0]?.calls.buffer;
  assert.ok(buffer !== undefined);
  new Int32Array(buffer)[SEND_LOCK] = interpreter.id + 1;
  await waiting;
  assert.equal(await remote.add(1, 2), 3);
});

test("remote generators do not take more values than they asked for", { timeout }, async (t) => {
  const lanes = watchLanes(t);
  const interpreter = await scoped(t);
  const remote = await interpreter.import<Work>(WORK);
  const items = remote.items(3);
  const first = items.next();
  // The module was the first call.
  lanes[0]?.answers.post([2, VALUES, Array.from({ length: 5_000 }, () => ({ n: -1, text: "" }))]);
  const { done, value } = await first;
  assert.ok(done !== true);
  const seen = [value.n];
  for await (const { n } of items) seen.push(n);
  assert.deepEqual(seen, [0, 1, 2]);
});

test("line post() calls the right function if many have been made ready at once", {
  timeout,
}, async (t) => {
  const { id } = await scoped(t);
  const side = realm();
  const prepare = side.prepare.bind(side);
  side.prepare = async (...given) => await prepare(...given);
  t.after(() => {
    side.prepare = prepare;
  });
  // More than a line keeps.
  const texts = Array.from({ length: 600 }, (_, n) => `() => ${n}`);
  const ends = texts.map((text) => post(id, text));
  assert.deepEqual(await Promise.all(ends), texts.map((_, n) => n));
});

test("answers that are there count although their interpreter has ended while the host blocked", {
  timeout,
}, async (t) => {
  const { id } = await scoped(t);
  const blocker = await scoped(t);
  const never = assert.rejects(post(id, "() => new Promise(() => {})"), /exited with code 3/);
  // So that the host waits for an answer.
  assert.equal(await post(id, "() => new Promise((go) => setTimeout(go, 50, 1))"), 1);
  const answered = [post(id, "() => 2"), post(id, "() => 3")];
  const exits = assert.rejects(post(id, "() => process.exit(3)"), /exited with code 3/);
  await Promise.resolve();
  blocker.runSync("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)");
  assert.deepEqual(await Promise.all(answered), [2, 3]);
  await never;
  await exits;
});

test("a host that blocks does not go on reading answers that no run waits for", () => {
  const make = (id: number) =>
    new Channel(Channel.allocate(id, { unboundItems: "keep", capacity: 1024 }), 0);
  const [calls, answers] = [make(-2), make(-4)];
  const lane = new RunLane({ calls, answers }, () => {});
  let reads = 0;
  // As somebody would who writes to the memory faster than it is read.
  answers.tryRecv = () => {
    assert.ok(++reads < 100_000);
    return [77, null];
  };
  assert.ok(lane.post([1, 0, null]));
  lane.read();
  assert.equal(answers.isSendClosed, true, "the interpreter hears of it, and sends frames");
  assert.equal(lane.post([2, 0, null]), false);
  lane.close();
});
