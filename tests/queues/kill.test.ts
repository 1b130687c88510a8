// Interpreters that are killed in the middle of puts and gets: nothing that a survivor put is
// lost, doubled or reordered, and nobody waits for room that a dead one has kept.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, createQueue, type Queue } from "subinterpreters";
import { goneAfterwards } from "../helpers/gone.ts";
import { scoped } from "../helpers/interpreter.ts";
import { randomFrom, seeded } from "../helpers/seed.ts";

const MINUTES = 60_000;

interface Item {
  readonly from: string;
  readonly n: number;
}

// Puts on a small queue, in each of the ways to wait, until it is told to stop.
const PUTTER = `
  let n = 0;
  for (; stop.empty(); n++) {
    if (n % 3 === 0) queue.putSync({ from: name, n });
    else if (n % 3 === 1) await queue.put({ from: name, n });
    else {
      while (true) {
        try {
          await queue.put({ from: name, n }, { timeout: 1 });
          break;
        } catch {}
      }
    }
    if (n % 64 === 0) await new Promise((go) => setTimeout(go, 0));
  }
  n`;

// Puts, waits, gives up and gets back what it has put, until it is killed.
const VICTIM = `
  for (let n = 0;; n++) {
    if (n % 2 === 0) await queue.put({ from: name, n }, { timeout: 1 }).catch(() => {});
    else try { queue.putSync({ from: name, n }, { timeout: 1 }) } catch {}
    if (n % 5 === 0) void queue.put({ from: name, n: -1 }).catch(() => {});
    if (n % 4 === 3) await new Promise((go) => setTimeout(go, 1));
  }`;

/** Gets what two putters put, and checks their order; what others put is ignored. */
async function getAll(queue: Queue<Item>, last: Map<string, number>): Promise<void> {
  for await (const { from, n } of queue) {
    if (!from.startsWith("putter")) continue;
    assert.equal(n, (last.get(from) ?? -1) + 1, `the order of ${from}`);
    last.set(from, n);
  }
}

test("B435 terminate() at random moments loses, doubles and reorders no survivor's puts", {
  timeout: 10 * MINUTES,
}, async (t) => {
  const { seed, numRuns } = seeded({ numRuns: 40 });
  const random = randomFrom(seed);
  const queue = createQueue<Item>(3);
  const stop = createQueue<boolean>();
  const names = ["putter 1", "putter 2"];
  const putting = await Promise.all(names.map(async (name) => {
    const putter = await scoped(t);
    return { name, count: putter.evaluate<number>(PUTTER, { values: { queue, stop, name } }) };
  }));
  const last = new Map<string, number>();
  const getting = getAll(queue, last);
  let kills = 0;
  const kill = async () => {
    while (kills < numRuns) {
      const name = `victim ${++kills}`;
      const victim = await create();
      const ended = assert.rejects(victim.run(VICTIM, { values: { queue, name } }), {
        reason: "terminated",
      });
      await new Promise((go) => setTimeout(go, random() * 12));
      await Promise.all([victim.terminate(), ended]);
    }
  };
  await Promise.all([kill(), kill()]);
  stop.putNowait(true);
  const counts = await Promise.all(putting.map(({ count }) => count));
  queue.shutdown();
  await getting;
  assert.deepEqual(names.map((name) => (last.get(name) ?? -1) + 1), counts);
});

test("B435 getters that are killed take no item from the others twice, and keep no room", {
  timeout: 10 * MINUTES,
}, async (t) => {
  const { seed, numRuns } = seeded({ numRuns: 30 });
  const random = randomFrom(seed);
  const [queue, got] = [createQueue<number>(2), createQueue<number>()];
  const survivor = await scoped(t);
  const getting = survivor.run("for await (const n of queue) got.putNowait(n)", {
    values: { queue, got },
  });
  let isOver = false;
  const putting = (async () => {
    let n = 0;
    for (; !isOver; n++) await queue.put(n);
    return n;
  })();
  let taken = 0;
  for (let round = 0; round < numRuns; round++) {
    const victim = await create();
    const gone = await goneAfterwards(victim);
    const count = new SharedArrayBuffer(4);
    const ended = assert.rejects(
      victim.run(
        `const words = new Int32Array(count);
        for (let i = 0;; i++) {
          if (i % 2 === 0) { queue.getSync(); Atomics.add(words, 0, 1) }
          else await queue.get({ timeout: 1 }).then(() => Atomics.add(words, 0, 1), () => {});
        }`,
        { values: { queue, count } },
      ),
    );
    await new Promise((go) => setTimeout(go, random() * 12));
    await Promise.all([victim.terminate(), ended]);
    await gone();
    taken += new Int32Array(count)[0] ?? 0;
  }
  isOver = true;
  const sent = await putting;
  queue.shutdown();
  await getting;
  const items: number[] = [];
  while (!got.empty()) items.push(got.getNowait());
  assert.equal(new Set(items).size, items.length, "no item came twice");
  assert.deepEqual(items, items.toSorted((a, b) => a - b));
  const lost = sent - items.length - taken;
  assert.ok(lost >= 0 && lost <= numRuns, `${lost} items died with ${numRuns} getters in hand`);
});

test("waits that are aborted and time out at random lose and double no item", {
  timeout: 10 * MINUTES,
}, async (t) => {
  const { seed, numRuns } = seeded({ numRuns: 300 });
  const random = randomFrom(seed);
  const queue = createQueue<number>(2);
  const back = createQueue<number>(2);
  const echo = await scoped(t);
  const echoing = echo.run("for await (const n of queue) await back.put(n); back.shutdown()", {
    values: { queue, back },
  });
  const put: number[] = [];
  const got: number[] = [];
  const limits = () =>
    random() < 0.5
      ? { timeout: random() * 2 }
      : { signal: AbortSignal.timeout(Math.floor(random() * 3)) };
  const putting = (async () => {
    for (let n = 0; n < numRuns; n++) {
      await queue.put(n, limits()).then(() => put.push(n), () => {});
    }
    queue.shutdown();
  })();
  const getting = (async () => {
    for (let isEnded = false; !isEnded;) {
      await back.get(limits()).then((n) => got.push(n), (error: Error) => {
        isEnded = error.name === "QueueShutDownError";
      });
    }
  })();
  await Promise.all([putting, getting, echoing]);
  assert.deepEqual(got, put);
  assert.ok(put.length > 0);
});
