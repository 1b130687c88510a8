// How a thread is stopped, with one that says what it likes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { InterpreterTerminatedError } from "subinterpreters";
import { ThreadActor } from "subinterpreters/src/host/life/thread_actor.ts";

const error = new InterpreterTerminatedError("Interpreter 1 ended: enough", { reason: "enough" });

function startThread() {
  let isKilled = false;
  const told: string[] = [];
  const port = { post() {}, take: () => undefined, listen() {}, close() {} };
  const terminate = () => {
    isKilled = true;
    return Promise.resolve();
  };
  const actor = new ThreadActor({ port, terminate }, {
    hasStopped: () => isKilled,
    onKill: () => told.push("kill"),
    onSettled: () => told.push("settled"),
    onGone: () => told.push("gone"),
  });
  return { actor, told, isKilled: () => isKilled };
}

test("a thread that says over and over that it has loaded is killed all the same", async () => {
  const { actor, isKilled } = startThread();
  actor.tell("LOADED");
  actor.stop({ error, isClosing: true });
  for (let times = 0; times < 200 && !isKilled(); times++) {
    actor.tell("LOADED");
    await pause(5);
  }
  assert.ok(isKilled());
  await actor.ending.gone;
});

test("a thread that says before anybody asks that it sleeps is asked all the same", () => {
  const { actor, isKilled } = startThread();
  actor.tell("LOADED");
  actor.tell("ASLEEP");
  actor.stop({ error, isClosing: true });
  assert.equal(isKilled(), false);
  actor.tell("ASLEEP");
  assert.ok(isKilled());
});

test("a thread whose end the host cannot hear of is killed and gone without the event loop", () => {
  const { actor, told, isKilled } = startThread();
  actor.tell("LOADED");
  actor.stop({ error, isClosing: true });
  assert.deepEqual(told, []);
  while (!isKilled()) actor.check();
  assert.deepEqual(told, ["kill", "gone", "settled"]);
});
