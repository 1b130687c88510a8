// The timers of the host, which also go on while it blocks.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Timers } from "subinterpreters/src/host/timers.ts";

/** Blocks the event loop. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("Timers.check() fires what is due without the event loop, once", () => {
  const timers = new Timers();
  const fired: string[] = [];
  timers.after(1, () => fired.push("due"));
  const callOff = timers.after(60_000, () => fired.push("not due"));
  block(3);
  timers.check();
  timers.check();
  callOff();
  assert.deepEqual(fired, ["due"]);
});

test("Timers.check() does not fire what one that was due before has called off", () => {
  const timers = new Timers();
  const fired: string[] = [];
  timers.after(1, () => {
    fired.push("first");
    callOff();
  });
  const callOff = timers.after(1, () => fired.push("second"));
  block(3);
  timers.check();
  assert.deepEqual(fired, ["first"]);
});

test("Timers.after() fires once when nobody checks", async () => {
  const timers = new Timers();
  let times = 0;
  await new Promise<void>((resolve) => {
    timers.after(1, () => {
      times++;
      resolve();
    });
  });
  timers.check();
  assert.equal(times, 1);
});
