// The machine of a thread: every event in every state, and what the thread is told when.

import assert from "node:assert/strict";
import { test } from "node:test";
import { InterpreterTerminatedError } from "subinterpreters";
import { type AnyMachineSnapshot, createActor, SimulatedClock } from "xstate";
import { isLost, type ThreadEvent, type ThreadInput, threadMachine } from "../../actors/thread.ts";
import { walk } from "../helpers/walk.ts";

const error = new InterpreterTerminatedError("enough", { reason: "enough" });
const order = { error, isClosing: false };

const EVENTS: Record<string, ThreadEvent> = {
  LOADED: { type: "LOADED" },
  HEEDING: { type: "HEEDING" },
  STOP: { type: "STOP", ...order },
  "STOP when closing": { type: "STOP", error, isClosing: true },
  ASLEEP: { type: "ASLEEP" },
  KILL: { type: "KILL" },
  ENDED: { type: "ENDED" },
  LOOK: { type: "LOOK" },
  TERMINATED: { type: "TERMINATED" },
};
const IGNORED = Object.fromEntries(Object.keys(EVENTS).map((name) => [name, "ignored"]));

/** A thread whose clock the test turns; it notes what it is told. */
function fakeThread(options: Partial<ThreadInput>) {
  const told: string[] = [];
  const clock = new SimulatedClock();
  const input: ThreadInput = {
    killsAnywhere: true,
    now: () => clock.now(),
    hasStopped: () => false,
    ask: () => told.push("ask"),
    kill: () => told.push("kill"),
    settle: () => told.push("settle"),
    bury: () => told.push("bury"),
    ...options,
  };
  return { told, clock, input };
}

function startThread(options: Partial<ThreadInput> = {}) {
  const { told, clock, input } = fakeThread(options);
  const actor = createActor(threadMachine, { clock, input }).start();
  const send = (...names: string[]) => {
    for (const name of names) actor.send(EVENTS[name] ?? assert.fail(name));
    return actor.getSnapshot().value;
  };
  const after = (ms: number) => {
    clock.increment(ms);
    return actor.getSnapshot().value;
  };
  return { actor, told, send, after };
}

function nameOf({ value, context }: AnyMachineSnapshot): string {
  if (value === "ready" && context.isHeeding) return "ready, heeding";
  return value === "dying" && context.isAsleep ? "dying, asleep" : String(value);
}

const DYING = {
  dying: { ...IGNORED, ASLEEP: "dying, asleep", TERMINATED: "gone" },
  "dying, asleep": { ...IGNORED, ASLEEP: "stays", LOOK: "gone", TERMINATED: "gone" },
  gone: IGNORED,
};
const ASKED = { ...IGNORED, ASLEEP: "dying, asleep", KILL: "dying", ENDED: "dying" };

test("threadMachine takes or ignores each event in each state, where kills harm nobody", () => {
  const { input } = fakeThread({ killsAnywhere: true });
  assert.deepEqual(walk(threadMachine, { input, events: EVENTS, nameOf }), {
    loading: {
      ...IGNORED,
      LOADED: "ready",
      STOP: "dying",
      "STOP when closing": "dying",
      ENDED: "dying",
    },
    ready: {
      ...IGNORED,
      HEEDING: "ready, heeding",
      STOP: "dying",
      "STOP when closing": "asked",
      ENDED: "dying",
    },
    "ready, heeding": {
      ...IGNORED,
      HEEDING: "stays",
      STOP: "asked",
      "STOP when closing": "asked",
      ENDED: "dying",
    },
    asked: ASKED,
    ...DYING,
  });
});

test("threadMachine takes or ignores each event in each state, where a kill may do harm", () => {
  const { input } = fakeThread({ killsAnywhere: false });
  const stopped = { STOP: "asked", "STOP when closing": "asked", ENDED: "dying" };
  assert.deepEqual(walk(threadMachine, { input, events: EVENTS, nameOf }), {
    loading: {
      ...IGNORED,
      LOADED: "ready",
      STOP: "postponed",
      "STOP when closing": "postponed",
      ENDED: "dying",
    },
    ready: { ...IGNORED, HEEDING: "ready, heeding", ...stopped },
    "ready, heeding": { ...IGNORED, HEEDING: "stays", ...stopped },
    postponed: { ...IGNORED, LOADED: "asked", KILL: "dying", ENDED: "dying" },
    asked: ASKED,
    ...DYING,
  });
});

test("threadMachine kills one that does not answer within 25 ms, and one that loads after 30 s", () => {
  const asked = startThread({ killsAnywhere: false });
  assert.equal(asked.send("LOADED", "STOP"), "asked");
  assert.deepEqual([asked.after(24), asked.after(1)], ["asked", "dying"]);
  assert.deepEqual(asked.told, ["ask", "kill"]);
  const postponed = startThread({ killsAnywhere: false });
  assert.equal(postponed.send("STOP"), "postponed");
  assert.deepEqual([postponed.after(29_999), postponed.after(1)], ["postponed", "dying"]);
  assert.deepEqual(postponed.told, ["kill"]);
});

test("threadMachine lets nobody wait longer than 40 ms for a kill, and buries the thread 5 s later", () => {
  const { told, send, after } = startThread();
  send("LOADED", "STOP");
  after(39);
  assert.deepEqual(told, ["kill"]);
  assert.equal(after(1), "dying");
  assert.deepEqual(told, ["kill", "settle"]);
  assert.deepEqual([after(4_999), after(1)], ["dying", "gone"]);
  assert.deepEqual(told, ["kill", "settle", "bury"]);
});

test("threadMachine buries a killed thread that a blocked host looks at after 200 ms", () => {
  const { actor, told, send, after } = startThread();
  send("LOADED", "STOP");
  after(199);
  assert.equal(send("LOOK"), "dying");
  assert.equal(isLost(actor.getSnapshot(), 199), false);
  assert.equal(isLost(actor.getSnapshot(), 200), true);
  after(1);
  assert.equal(send("LOOK"), "gone");
  assert.deepEqual(told, ["kill", "settle", "bury"]);
});

test("threadMachine buries a killed thread that the system says has ended", () => {
  const { told, send } = startThread({ hasStopped: () => true });
  assert.equal(send("STOP", "LOOK"), "gone");
  assert.deepEqual(told, ["kill", "bury"]);
});

test("threadMachine asks one whose kill was postponed when it has loaded, with the first order", () => {
  const asked: unknown[] = [];
  const { send } = startThread({ killsAnywhere: false, ask: (given) => asked.push(given) });
  assert.equal(send("STOP", "STOP when closing", "LOADED"), "asked");
  assert.deepEqual(asked, [order]);
});
