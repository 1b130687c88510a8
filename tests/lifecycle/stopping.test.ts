// How a thread is stopped, with one that says what it likes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Stopping } from "subinterpreters/src/host/life/stopping.ts";

test("a thread that says over and over that it has loaded is killed all the same", async () => {
  let isKilled = false;
  const port = { post() {}, take: () => undefined, listen() {}, close() {} };
  const terminate = () => {
    isKilled = true;
    return Promise.resolve();
  };
  const stopping = new Stopping({ port, terminate }, { hasStopped: () => isKilled, onKill() {} });
  stopping.onLoaded();
  const { gone } = stopping.begin({ reason: "enough", isClosing: false }, {
    onSettled() {},
    onGone() {},
  });
  for (let times = 0; times < 200 && !isKilled; times++) {
    stopping.onLoaded();
    await pause(5);
  }
  assert.ok(isKilled);
  await gone;
});
