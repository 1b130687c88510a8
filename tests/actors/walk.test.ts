// Every event in every state of the machines: taken, refused or ignored.

import assert from "node:assert/strict";
import { test } from "node:test";
import { InterpreterTerminatedError } from "subinterpreters";
import {
  type InterpreterEvent,
  interpreterMachine,
  type PoolEvent,
  poolMachine,
  type PoolWorkerEvent,
  poolWorkerMachine,
} from "subinterpreters/actors";
import { refusalOf } from "../../actors/interpreter.ts";
import { MOST_LOSSES, refusalOfTask } from "../../actors/pool.ts";
import { createActor } from "xstate";
import { walk } from "../helpers/walk.ts";

const error = new InterpreterTerminatedError("enough", { reason: "enough" });
const excinfo = { name: "Error", message: "late" };

test("interpreterMachine takes, refuses or ignores each event in each state", () => {
  const events: Record<string, InterpreterEvent> = {
    RUN: { type: "RUN" },
    "RUN.DONE": { type: "RUN.DONE" },
    "RUN.FAILED": { type: "RUN.FAILED" },
    CLOSE: { type: "CLOSE" },
    TERMINATE: { type: "TERMINATE", error },
    CRASH: { type: "CRASH", error },
    UNCAUGHT: { type: "UNCAUGHT", excinfo },
  };
  const seen = walk(interpreterMachine, {
    input: { id: 1, isolated: true, stop() {} },
    events,
    refuse(snapshot, event) {
      if (event.type !== "RUN" && event.type !== "CLOSE") return undefined;
      const refusal = refusalOf(snapshot, event);
      return refusal && `refused: ${refusal.event} while ${refusal.state}`;
    },
  });
  assert.deepEqual(seen, {
    idle: {
      RUN: "running",
      "RUN.DONE": "ignored",
      "RUN.FAILED": "ignored",
      CLOSE: "closed",
      TERMINATE: "closed",
      CRASH: "closed",
      UNCAUGHT: "stays",
    },
    running: {
      RUN: "refused: RUN while running",
      "RUN.DONE": "idle",
      "RUN.FAILED": "idle",
      CLOSE: "refused: CLOSE while running",
      TERMINATE: "closed",
      CRASH: "closed",
      UNCAUGHT: "stays",
    },
    closed: {
      RUN: "refused: RUN while closed",
      "RUN.DONE": "ignored",
      "RUN.FAILED": "ignored",
      CLOSE: "refused: CLOSE while closed",
      TERMINATE: "ignored",
      CRASH: "ignored",
      UNCAUGHT: "ignored",
    },
  });
});

test("poolMachine takes, refuses or ignores each event in each state", () => {
  const events: Record<string, PoolEvent> = {
    SUBMIT: { type: "SUBMIT" },
    "WORKER.START": { type: "WORKER.START" },
    "WORKER.RETIRE": { type: "WORKER.RETIRE" },
    "WORKER.WORKED": { type: "WORKER.WORKED" },
    "WORKER.LOST": { type: "WORKER.LOST", error },
    "WORKER.GONE": { type: "WORKER.GONE", wasLetGo: true },
    BREAK: { type: "BREAK", error },
    SHUTDOWN: { type: "SHUTDOWN" },
    EMPTY: { type: "EMPTY" },
  };
  const seen = walk(poolMachine, {
    input: { maxWorkers: 1, minWorkers: 0 },
    events,
    nameOf: ({ value, context: { workers } }) => `${String(value)}, ${Math.sign(workers)}`,
    refuse(snapshot, event) {
      const refusal = event.type === "SUBMIT" ? refusalOfTask(snapshot) : undefined;
      return refusal && `refused: ${refusal}`;
    },
  });
  const always = { "WORKER.GONE": "stays", "WORKER.WORKED": "stays", SHUTDOWN: "stays" };
  const states = Object.keys(seen).toSorted();
  assert.deepEqual(states.filter((state) => !state.endsWith("-1")), [
    "broken, 0",
    "broken, 1",
    "draining, 0",
    "draining, 1",
    "open, 0",
    "open, 1",
    "shut, 0",
  ]);
  assert.deepEqual(seen["open, 0"], {
    ...always,
    SUBMIT: "stays",
    "WORKER.START": "open, 1",
    "WORKER.RETIRE": "ignored",
    "WORKER.LOST": "stays",
    "WORKER.GONE": "open, -1",
    BREAK: "broken, 0",
    SHUTDOWN: "draining, 0",
    EMPTY: "ignored",
  });
  assert.deepEqual(seen["open, 1"], {
    ...always,
    SUBMIT: "stays",
    "WORKER.START": "ignored",
    "WORKER.RETIRE": "stays",
    "WORKER.LOST": "stays",
    "WORKER.GONE": "open, 0",
    BREAK: "broken, 1",
    SHUTDOWN: "draining, 1",
    EMPTY: "ignored",
  });
  assert.deepEqual(seen["draining, 1"], {
    ...always,
    SUBMIT: "refused: draining",
    "WORKER.START": "ignored",
    "WORKER.RETIRE": "stays",
    "WORKER.LOST": "stays",
    "WORKER.GONE": "draining, 0",
    BREAK: "broken, 1",
    EMPTY: "ignored",
  });
  assert.deepEqual(seen["draining, 0"], {
    ...always,
    SUBMIT: "refused: draining",
    "WORKER.START": "draining, 1",
    "WORKER.RETIRE": "stays",
    "WORKER.LOST": "stays",
    "WORKER.GONE": "draining, -1",
    BREAK: "broken, 0",
    EMPTY: "shut, 0",
  });
  for (const state of ["broken, 0", "shut, 0"]) {
    const { SUBMIT, EMPTY, BREAK, "WORKER.START": start } = seen[state] ?? {};
    assert.deepEqual([SUBMIT, EMPTY, BREAK, start], [
      `refused: ${state.slice(0, -3)}`,
      ...["ignored", "ignored", "ignored"],
    ]);
  }
});

test("so many workers in a row that were lost break a pool", () => {
  const actor = createActor(poolMachine, { input: { maxWorkers: 1, minWorkers: 0 } }).start();
  const lose = (times: number) => {
    for (let i = 0; i < times; i++) actor.send({ type: "WORKER.LOST", error });
    return actor.getSnapshot();
  };
  assert.equal(lose(MOST_LOSSES - 1).value, "open");
  actor.send({ type: "WORKER.WORKED" });
  assert.equal(lose(MOST_LOSSES - 1).value, "open");
  assert.equal(lose(1).value, "broken");
  assert.equal(actor.getSnapshot().context.error, error);
});

test("poolWorkerMachine takes or ignores each event in each state", () => {
  const events: Record<string, PoolWorkerEvent> = {
    READY: { type: "READY" },
    WORK: { type: "WORK" },
    REST: { type: "REST" },
    RECYCLE: { type: "RECYCLE" },
    RETIRE: { type: "RETIRE" },
    DIED: { type: "DIED" },
    GONE: { type: "GONE" },
  };
  const none = Object.fromEntries(Object.keys(events).map((name) => [name, "ignored"]));
  const seen = walk(poolWorkerMachine, { input: { end() {}, bury() {} }, events });
  assert.deepEqual(seen, {
    starting: { ...none, READY: "idle", RETIRE: "ending", DIED: "gone" },
    idle: { ...none, WORK: "busy", RECYCLE: "ending", RETIRE: "ending", DIED: "gone" },
    busy: {
      ...none,
      WORK: "stays",
      REST: "idle",
      RECYCLE: "recycling",
      RETIRE: "recycling",
      DIED: "gone",
    },
    recycling: { ...none, REST: "ending", DIED: "gone" },
    ending: { ...none, GONE: "gone", DIED: "gone" },
    gone: none,
  });
});
