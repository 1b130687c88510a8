// The machine of fromInterpreter() without an interpreter, and under random events with one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { listAll } from "subinterpreters";
import { fromInterpreter } from "subinterpreters/actors";
import { type EventFromLogic, fromCallback, fromPromise } from "xstate";
import type {
  HolderCommand,
  InterpreterLogicOptions,
} from "../../actors/logic/interpreter_types.ts";
import { interpreterLogicMachine } from "../../actors/logic/interpreter_machine.ts";
import { parentOf } from "../helpers/asked.ts";
import { randomFrom, seeded } from "../helpers/seed.ts";
import { until } from "../helpers/until.ts";
import { walk } from "../helpers/walk.ts";

type Event = EventFromLogic<typeof interpreterLogicMachine>;

test("the machine of fromInterpreter() takes or ignores each event in each state", () => {
  const idle = interpreterLogicMachine.provide({
    actors: {
      holder: fromCallback<HolderCommand, InterpreterLogicOptions>(() => {}),
      work: fromPromise(() => new Promise(() => {})),
    },
  });
  const end = { id: 1, reason: "enough", error: undefined };
  const events: Record<string, Event> = {
    RUN: { type: "RUN", id: 1, source: "" },
    CLOSE: { type: "CLOSE" },
    TERMINATE: { type: "TERMINATE" },
    CREATED: { type: "INTERPRETER.CREATED", interpreter: listAll()[0]! },
    REFUSED: { type: "INTERPRETER.REFUSED", error: new Error("none") },
    ENDED: { type: "INTERPRETER.ENDED", end },
    SAID: { type: "INTERPRETER.SAID", said: { type: "stdout", text: "" } },
    "work is done": { type: "xstate.done.actor.work", output: 1 } as unknown as Event,
    "work fails": { type: "xstate.error.actor.work", error: 1 } as unknown as Event,
  };
  const always = {
    ...{ RUN: "stays", CLOSE: "stays", TERMINATE: "stays", ENDED: "stays", SAID: "stays" },
    ...{ CREATED: "ignored", REFUSED: "ignored" },
    ...{ "work is done": "ignored", "work fails": "ignored" },
  };
  assert.deepEqual(walk(idle, { input: { options: {}, input: undefined }, events }), {
    creating: { ...always, CREATED: "idle", REFUSED: "refused", ENDED: "closed" },
    idle: { ...always, RUN: "running", CLOSE: "closing", ENDED: "closed" },
    // It answers before it ends.
    running: { ...always, "work is done": "idle", "work fails": "idle" },
    closing: { ...always, ENDED: "closed" },
    refused: always,
    closed: always,
  });
});

test("fromInterpreter() answers every request once, whatever ends its interpreter and when", async () => {
  const { seed, numRuns } = seeded({ numRuns: 8 });
  const random = randomFrom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const before = listAll().length;
  const sources = [
    "1",
    "null.x",
    "() => 1",
    "await new Promise((r) => setTimeout(r, 1))",
    "for (;;);",
  ];
  for (let round = 0; round < numRuns; round++) {
    const parent = parentOf(fromInterpreter());
    const asked = Array.from({ length: 6 }, (_, id) => id);
    for (const id of asked) {
      const source = pick(sources);
      // Each loop ends by its timeout, and its interpreter with it.
      parent.child.send({ type: "RUN", id, source, timeout: source === "for (;;);" ? 20 : 10_000 });
      if (random() < 0.2) await new Promise((resolve) => setTimeout(resolve, random() * 20));
    }
    parent.child.send(pick([{ type: "CLOSE" }, { type: "TERMINATE" }]));
    const { events } = await parent.over();
    assert.deepEqual(events.map(({ id }) => id), asked.slice(0, events.length));
    const dropped = asked.length - events.length;
    // What comes after the end of an actor reaches nobody.
    assert.ok(dropped === 0 || events.some(({ error }) => /timeout/.test(String(error))));
  }
  await until(() => listAll().length <= before, { withinMs: 20_000 });
});
