// The ring under random traffic, in one thread: three realms of one channel, records of
// all sizes, so that it wraps, grows while wrapped, and is full of tombstones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Channel, NOTHING } from "subinterpreters/src/channel/channel.ts";
import { randomFrom, seeded } from "../helpers/seed.ts";

const OPERATIONS = 2_000;
/** Fewer of long items: each is copied twice. */
const OPERATIONS_LONG = 300;
const ME = [1, 2, 3];

for (const maxLength of [20, 600, 9_000, 300_000]) {
  test(`items of up to ${maxLength} characters come out once and in order`, () => {
    const { seed, numRuns } = seeded({ numRuns: 10 });
    for (let run = 0; run < numRuns; run++) traffic(seed + run, maxLength);
  });
}

function traffic(seed: number, maxLength: number): void {
  const random = randomFrom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const buffer = Channel.allocate(1, { unboundItems: "keep", capacity: 4096 });
  const realms = ME.map((me) => new Channel(buffer, me));
  const any = () => realms[below(realms.length)]!;
  /** What is queued: each item, and how to withdraw it if its sender waits. */
  const model: { readonly item: string; readonly giveUp: (() => boolean) | undefined }[] = [];
  // Phases in which more is sent, and phases in which more is received.
  let eagerness = 0.5;
  const operations = maxLength > 10_000 ? OPERATIONS_LONG : OPERATIONS;
  for (let n = 0; n < operations; n++) {
    if (n % 100 === 0) eagerness = 0.2 + 0.6 * random();
    const chance = random();
    if (chance < 0.05 && model.some(({ giveUp }) => giveUp !== undefined)) {
      const waiting = model.filter(({ giveUp }) => giveUp !== undefined);
      const given = waiting[below(waiting.length)]!;
      assert.equal(given.giveUp?.(), true, `seed ${seed}, operation ${n}`);
      model.splice(model.indexOf(given), 1);
    } else if (random() < eagerness) {
      const item = `${n}:`.padEnd(below(maxLength), "x");
      if (chance < 0.3) {
        const giveUp = any().startSend(item, { resolve: () => {}, reject: () => {} });
        model.push({ item, giveUp });
      } else {
        assert.equal(any().sendNowait(item), false);
        model.push({ item, giveUp: undefined });
      }
    } else {
      const expected = model.shift()?.item ?? NOTHING;
      assert.equal(any().tryRecv(), expected, `seed ${seed}, operation ${n}`);
    }
  }
  for (const { item } of model) assert.equal(any().tryRecv(), item, `seed ${seed}, at the end`);
  assert.equal(any().tryRecv(), NOTHING);
}

test("long items that are taken one by one, or in bursts, leave the ring as small as it was", () => {
  const buffer = Channel.allocate(1, { unboundItems: "keep", capacity: 2 ** 22 });
  const [one, other] = [new Channel(buffer, 1), new Channel(buffer, 2)];
  const item = new Uint8Array(2 ** 18);
  for (let round = 0; round < 40; round++) {
    const burst = 1 + round % 10;
    for (let n = 0; n < burst; n++) one.sendNowait(item.fill(round + n));
    for (let n = 0; n < burst; n++) {
      assert.deepEqual(other.tryRecv(), new Uint8Array(2 ** 18).fill(round + n));
    }
  }
  assert.ok(buffer.byteLength < 2 ** 22 + 2 ** 17, `${buffer.byteLength} bytes`);
});
