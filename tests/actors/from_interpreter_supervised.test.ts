// Interpreters of fromInterpreter() as the children of supervise().

import assert from "node:assert/strict";
import { test } from "node:test";
import { Interpreter, listAll } from "subinterpreters";
import {
  fromInterpreter,
  type InterpreterLogicAnswer,
  type InterpreterLogicSnapshot,
  supervise,
} from "subinterpreters/actors";
import { createActor, fromTransition, toPromise, waitFor } from "xstate";
import { until } from "../helpers/until.ts";

const keep = (
  kept: readonly InterpreterLogicAnswer[],
  answer: InterpreterLogicAnswer,
) => [...kept, answer];
const run = (id: number, source: string) => ({ type: "RUN", id, source }) as const;

test("fromInterpreter() answers whoever a request names, and not its parent", async () => {
  const asking = createActor(fromTransition(keep, [])).start();
  const actor = createActor(fromInterpreter()).start();
  actor.send({ ...run(1, "'for you'"), replyTo: asking });
  const { context } = await waitFor(asking, (snapshot) => snapshot.context.length === 1);
  assert.deepEqual(context, [{ type: "RUN.DONE", id: 1, value: "for you" }]);
  actor.stop();
});

test("fromInterpreter() fails a request whose replyTo is no actor, and goes on", async () => {
  const actor = createActor(fromInterpreter()).start();
  const answers: unknown[] = [];
  const failures: unknown[] = [];
  actor.on("*", (answer) => {
    if (answer.type === "RUN.FAILED") failures.push(answer.error);
    answers.push([answer.type, "id" in answer ? answer.id : undefined]);
  });
  actor.send({ ...run(1, "1"), replyTo: "parent" as never });
  actor.send(run(2, "2"));
  actor.send({ type: "CLOSE" });
  await toPromise(actor);
  assert.deepEqual(answers, [["RUN.FAILED", 1], ["RUN.DONE", 2]]);
  assert.match(String(failures[0]), /TypeError: .*request 1: replyTo must be an actor.*"parent"/);
});

test("supervise() starts fromInterpreter() again under its systemId, however often it is killed", async () => {
  const kills = 10;
  const supervisor = createActor(supervise({
    intensity: kills,
    period: 600_000,
    children: [{ id: "worker", systemId: "worker", src: fromInterpreter() }],
  }));
  const asking = createActor(fromTransition(keep, [])).start();
  const ids = new Set<number>();
  supervisor.on("up", ({ child, restarts }) => {
    const { interpreter } = supervisor.getSnapshot().context.children.get(child) ?? {};
    assert.ok(interpreter instanceof Interpreter);
    ids.add(interpreter.id);
    const worker = supervisor.system.get("worker");
    worker.send({ ...run(restarts, `${restarts}`), replyTo: asking });
    if (restarts < kills) worker.send({ type: "CALL", id: -1, fn: "process.exit", args: [1] });
  });
  supervisor.start();
  const whole = await waitFor(asking, ({ context }) => context.some(({ id }) => id === kills), {
    timeout: 60_000,
  });
  const asked = Array.from({ length: kills + 1 }, (_, n) => n);
  assert.deepEqual(
    whole.context,
    asked.map((n) => ({ type: "RUN.DONE", id: n, value: n })),
  );
  assert.equal(ids.size, kills + 1);
  supervisor.send({ type: "SHUTDOWN" });
  assert.equal((await toPromise(supervisor)).reason, "shut down");
});

test("supervise() starts what comes after fromInterpreter() when that is idle, and ends all", async () => {
  const before = listAll().length;
  const supervisor = createActor(supervise({
    strategy: "one_for_all",
    children: ["first", "second"].map((id) => ({ id, systemId: id, src: fromInterpreter() })),
  }));
  const seen: string[] = [];
  supervisor.on("*", (event) => {
    const { value } = (supervisor.system.get("first")?.getSnapshot() ?? {}) as Partial<
      InterpreterLogicSnapshot
    >;
    seen.push(`${event.type} ${"child" in event ? event.child : ""} ${String(value)}`);
  });
  supervisor.start();
  await waitFor(supervisor, ({ value }) => value === "running");
  assert.deepEqual(seen, ["up first idle", "up second idle"]);
  supervisor.system.get("second").send({ type: "TERMINATE", reason: "killed" });
  await until(() => seen.filter((one) => one.startsWith("up")).length === 4, { withinMs: 20_000 });
  assert.equal(seen.some((one) => one.startsWith("ended first")), false);
  assert.equal(listAll().length, before + 2);
  supervisor.send({ type: "SHUTDOWN" });
  await toPromise(supervisor);
  assert.equal(listAll().length, before);
});
