// Random bytes in the memory of a channel, and random frames: whoever else uses the
// channel sees at worst an error that says so, and nobody else sees anything.

import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { ChannelError, QueueError } from "subinterpreters";
import { Channel, NOTHING } from "subinterpreters/src/channel/channel.ts";
import { SharedQueue } from "subinterpreters/src/channel/queue.ts";
import { queueKey } from "subinterpreters/src/codec/handles.ts";
import {
  CAPACITY,
  HEADER_WORDS,
  ID,
  RECV_LOCK,
  RING_START,
  SEND_LOCK,
} from "subinterpreters/src/channel/memory/layout.ts";
import { checkGuestFrame } from "subinterpreters/src/protocol/check.ts";
import { forgedFrame, generator, nasty, TYPES } from "../helpers/fuzz.ts";
import { seeded } from "../helpers/seed.ts";

const isLong = process.env["STRESS"] === "1";

const ITEMS = [1, "text", { a: [1, 2, { b: null }] }, new Uint8Array(500), "x".repeat(3000)];

function allowed(
  action: () => unknown,
  Kind: typeof ChannelError | typeof QueueError = ChannelError,
): void {
  try {
    action();
  } catch (error) {
    // A forged count of bytes in use looks like a channel that is full.
    if (error instanceof Kind) return;
    if (error instanceof RangeError && /^Cannot (send|put) on/.test(error.message)) return;
    throw error;
  }
}

test("random writes over a channel's memory end in nothing worse than a ChannelError", {
  timeout: 600_000,
}, () => {
  const { seed, numRuns } = seeded({ numRuns: isLong ? 100_000 : 2_000 });
  const random = generator(seed);
  const neighbour = new Channel(Channel.allocate(1, { unboundItems: "keep", capacity: 1 }), 1);
  let sent = 0;
  for (let written = 0; written < numRuns;) {
    const buffer = Channel.allocate(7, { unboundItems: "replace", capacity: 1 });
    const words = new Int32Array(buffer);
    const [mine, other] = [new Channel(buffer, 1), new Channel(buffer, 2)];
    for (let i = 0; i < 4; i++) mine.sendNowait(ITEMS[random(ITEMS.length)]);
    for (let i = 0; i < 25; i++, written++) {
      const header = random(2) === 0;
      const at = header ? random(200) : HEADER_WORDS + random(words.length - HEADER_WORDS);
      // A lock that is held takes time to be given up; see the test below.
      if (at !== SEND_LOCK && at !== RECV_LOCK) words[at] = nasty(random, words[at]!);
      allowed(() => {
        const channel = random(2) === 0 ? mine : other;
        switch (random(8)) {
          case 0:
          case 1:
            return channel.sendNowait(ITEMS[random(ITEMS.length)]);
          case 2:
          case 3:
          case 4:
            return channel.tryRecv();
          case 5:
            return channel.recvSync(0);
          case 6:
            return random(20) === 0 ? channel.releaseRecv() : channel.sendIfAwaited(1);
          default:
            return random(20) === 0 ? channel.bury(2) : channel.isRecvClosed;
        }
      });
      neighbour.sendNowait(sent);
      assert.equal(neighbour.tryRecv(), sent++);
      assert.equal(neighbour.tryRecv(), NOTHING);
    }
    assert.ok(buffer.byteLength <= RING_START + 2 ** 20, "no forged length makes a channel grow");
  }
});

test("random writes over a queue's memory end in nothing worse than a QueueError", {
  timeout: 600_000,
}, () => {
  const { seed, numRuns } = seeded({ numRuns: isLong ? 100_000 : 2_000 });
  const random = generator(seed);
  for (let written = 0; written < numRuns;) {
    const buffer = Channel.allocate(queueKey(7), {
      unboundItems: "replace",
      capacity: 1,
      maxsize: 3,
    });
    const words = new Int32Array(buffer);
    const [mine, other] = [new SharedQueue(buffer, 1), new SharedQueue(buffer, 2)];
    for (let i = 0; i < 25; i++, written++) {
      const header = random(2) === 0;
      const at = header ? random(200) : HEADER_WORDS + random(words.length - HEADER_WORDS);
      if (at !== SEND_LOCK && at !== RECV_LOCK) words[at] = nasty(random, words[at]!);
      allowed(() => {
        const queue = random(2) === 0 ? mine : other;
        switch (random(6)) {
          case 0:
          case 1:
            return queue.putNowait(ITEMS[random(ITEMS.length)], undefined);
          case 2:
            return queue.putSync(1, { choice: "error", timeoutMs: 0 });
          case 3:
            return queue.tryRecv();
          case 4:
            return random(20) === 0 ? queue.shutdown(true) : queue.length;
          default:
            return random(20) === 0 ? queue.bury(2) : queue.isRecvClosed;
        }
      }, QueueError);
    }
    assert.ok(buffer.byteLength <= RING_START + 2 ** 20, "no forged length makes a queue grow");
  }
});

test("a channel whose lock words are forged is used or given up, and neither hangs", {
  timeout: 60_000,
}, () => {
  const { seed } = seeded();
  const random = generator(seed);
  for (const lock of [SEND_LOCK, RECV_LOCK]) {
    const buffer = Channel.allocate(8, { unboundItems: "keep", capacity: 1 });
    const channel = new Channel(buffer, 0);
    channel.sendNowait(1);
    new Int32Array(buffer)[lock] = 100_000 + random(1000);
    const start = performance.now();
    allowed(() => channel.sendNowait(2));
    allowed(() => channel.tryRecv());
    assert.ok(performance.now() - start < 5_000);
  }
});

test("forged sizes and ids do not reach beyond the channel's own memory", () => {
  const buffer = Channel.allocate(9, { unboundItems: "keep", capacity: 1 });
  const channel = new Channel(buffer, 1);
  const words = new Int32Array(buffer);
  words[CAPACITY] = 2 ** 30;
  words[ID] = -5;
  allowed(() => channel.sendNowait(new Uint8Array(100_000)));
  allowed(() => channel.tryRecv());
  assert.ok(buffer.byteLength < 2 ** 20);
});

test("checkGuestFrame() takes any frame whatever and throws for none", { timeout: 600_000 }, () => {
  const { seed, numRuns } = seeded({ numRuns: isLong ? 100_000 : 20_000 });
  const random = generator(seed);
  let taken = 0;
  for (let n = 0; n < numRuns; n++) {
    const frame = forgedFrame(random);
    const checked = checkGuestFrame(frame);
    if (checked === undefined) continue;
    assert.ok(TYPES.includes(checked.type));
    taken++;
  }
  assert.ok(taken > 0 && taken < numRuns, `${taken} of ${numRuns} frames were taken`);
});
