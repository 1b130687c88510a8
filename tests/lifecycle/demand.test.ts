// How many spares there are of a kind that starts slowly: as many as are used up. The threads
// here are none; only their number counts.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { spareBoot } from "subinterpreters/src/host/life/kinds.ts";
import { Spares } from "subinterpreters/src/host/life/spares.ts";
import { StartQueue } from "subinterpreters/src/host/life/start_queue.ts";
import type { Adapter, Thread } from "subinterpreters/src/runtime/adapter.ts";
import { adapter } from "subinterpreters/src/runtime/detect.ts";

const PERMISSIONS = [{ read: ["/a"] }, { read: ["/b"] }];
const KINDS = PERMISSIONS.map((permissions) => ({
  entry: new URL("file:///entry.js"),
  name: "interpreter",
  limits: { memoryMiB: undefined, stackMiB: undefined },
  permissions,
  isolated: true,
  output: { stdout: "direct", stderr: "direct" } as const,
}));

/** Lets threads be counted instead of started; each has loaded at once. */
function countThreads(t: TestContext): { alive: number } {
  const count = { alive: 0 };
  const spawn = (): Thread => {
    count.alive++;
    const terminate = (): Promise<void> => {
      count.alive--;
      return Promise.resolve();
    };
    const port = { listen: (heard: () => void) => heard(), take: () => undefined };
    return { port, terminate } as unknown as Thread;
  };
  const original = { ...adapter };
  const changed: Partial<Adapter> = {
    spawn,
    capabilities: { ...original.capabilities, sandboxSpares: 2 },
  };
  Object.assign(adapter, changed);
  t.after(() => Object.assign(adapter, original));
  return count;
}

/** Collects what waits for ten seconds, so that nobody has to. */
function collectTimers(t: TestContext): (() => void)[] {
  const timers: (() => void)[] = [];
  const { setTimeout } = globalThis;
  globalThis.setTimeout = ((act: () => void, ms: number) => {
    if (ms === 10_000) timers.splice(0, 1, act);
    return setTimeout(ms === 10_000 ? () => {} : act, ms);
  }) as typeof setTimeout;
  t.after(() => {
    globalThis.setTimeout = setTimeout;
  });
  return timers;
}

/** What create() does in the program. */
function takeOne(spares: Spares, kind = KINDS[0]!): void {
  const spare = spares.take(kind);
  spares.refill(kind);
  void spare?.thread.terminate();
}

test("sandboxes that are created in a row double their spares, up to eight; two are left afterwards", (t) => {
  const threads = countThreads(t);
  const timers = collectTimers(t);
  const spares = new Spares(spareBoot, new StartQueue());
  takeOne(spares);
  assert.equal(threads.alive, 2, "after the first");
  takeOne(spares);
  assert.equal(threads.alive, 2, "one was left, and is joined by another");
  assert.equal(timers.length, 0);
  const all = [2, 4, 8, 8].map((count) => {
    for (let n = 0; n < count; n++) void spares.take(KINDS[0]!)?.thread.terminate();
    assert.equal(threads.alive, 0);
    spares.refill(KINDS[0]!);
    return threads.alive;
  });
  assert.deepEqual(all, [4, 8, 8, 8]);
  takeOne(spares, KINDS[1]);
  assert.equal(threads.alive, 10, "another set of permissions has its own");
  assert.equal(timers.length, 1);
  timers[0]!();
  assert.equal(threads.alive, 4, "two of each when nobody is in a hurry");
  takeOne(spares);
  assert.equal(threads.alive, 4);
});
