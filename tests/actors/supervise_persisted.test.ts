// What becomes of supervisors whose snapshots are stored as JSON.

import assert from "node:assert/strict";
import { test } from "node:test";
import { supervise } from "subinterpreters/actors";
import { createActor } from "xstate";
import { loggingChild } from "../helpers/supervised.ts";

const stored = (actor: { getPersistedSnapshot(): unknown }) =>
  JSON.parse(JSON.stringify(actor.getPersistedSnapshot()));

test("supervise() that was persisted after it was stopped starts its children anew", () => {
  const log: string[] = [];
  const logic = supervise({
    children: [{ id: "a", systemId: "a", src: loggingChild("a", log) }],
  });
  const first = createActor(logic).start();
  first.stop();
  const second = createActor(logic, { snapshot: stored(first) }).start();
  assert.deepEqual(log, ["+a", "-a", "+a"]);
  second.system.get("a").send({ type: "FAIL", error: new Error("flaky") });
  assert.deepEqual(log.slice(3), ["-a", "+a"]);
  second.send({ type: "SHUTDOWN" });
  assert.equal(second.getSnapshot().output?.reason, "shut down");
});

test("supervise() that was persisted after it gave up shows that its children are over", () => {
  const children = [{ id: "a", systemId: "a", src: loggingChild("a", []) }];
  const logic = supervise({ intensity: 0, children });
  const first = createActor(logic).start();
  first.system.get("a").send({ type: "FAIL", error: new Error("flaky") });
  const second = createActor(logic, { snapshot: stored(first) }).start();
  const { context, output } = second.getSnapshot();
  assert.deepEqual([output?.reason, context.children.get("a")?.phase], ["gave up", "over"]);
});
