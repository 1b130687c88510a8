// Every event in every state of the machines: taken, refused or ignored.

import assert from "node:assert/strict";
import { test } from "node:test";
import { InterpreterTerminatedError } from "subinterpreters";
import { type InterpreterEvent, interpreterMachine } from "subinterpreters/actors";
import { refusalOf } from "../../actors/interpreter.ts";
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
