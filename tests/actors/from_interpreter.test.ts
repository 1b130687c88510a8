import assert from "node:assert/strict";
import { test } from "node:test";
import {
  InterpreterTerminatedError,
  listAll,
  NotShareableError,
  RunFailedError,
} from "subinterpreters";
import {
  fromInterpreter,
  type InterpreterLogicEmitted,
  type InterpreterLogicSnapshot,
} from "subinterpreters/actors";
import { type AnyActorRef, createActor, type InspectionEvent, toPromise, waitFor } from "xstate";
import { parentOf } from "../helpers/asked.ts";
import { spawnScript } from "../helpers/spawn_script.ts";
import { until } from "../helpers/until.ts";

const QUIET = { stdout: "emit", stderr: "emit" } as const;
const CLOSE = { type: "CLOSE" } as const;
const run = (id: number, source: string) => ({ type: "RUN", id, source }) as const;
const interpreterOf = (child: AnyActorRef) =>
  (child.getSnapshot() as InterpreterLogicSnapshot).context.interpreter;
const idle = (child: AnyActorRef) =>
  waitFor(child, (snapshot: InterpreterLogicSnapshot) => snapshot.value === "idle");

test("fromInterpreter() answers RUN with the id and the value of the last expression", async () => {
  const { child, events, over } = parentOf(fromInterpreter());
  child.send({ ...run(1, "n * 2"), values: { n: 21 } });
  assert.deepEqual(await events(1), [{ type: "RUN.DONE", id: 1, value: 42 }]);
  child.send(CLOSE);
  await over();
});

test("fromInterpreter() answers what came while it was creating and running, in order", async () => {
  const { child, events, over } = parentOf(fromInterpreter());
  child.send(run(1, "let n = 1; await new Promise((resolve) => setTimeout(resolve, 5)); ++n"));
  child.send(run(2, "++n"));
  child.send({ type: "CALL", id: "three", fn: (a: number, b: number) => a * b, args: [3, 4] });
  const answers = await events(3);
  assert.deepEqual(answers.map(({ type, id, value }) => [type, id, value]), [
    ["RUN.DONE", 1, 2],
    ["RUN.DONE", 2, 3],
    ["CALL.DONE", "three", 12],
  ]);
  child.send(CLOSE);
  await over();
});

test("fromInterpreter() goes from creating to idle, running, idle, closing and closed", async () => {
  const actor = createActor(fromInterpreter());
  const values = new Set<string>();
  const seen: string[] = [];
  actor.subscribe(({ value }) => {
    if (seen.at(-1) !== value) seen.push(value);
    values.add(value);
  });
  actor.start();
  await idle(actor);
  assert.equal(listAll().includes(interpreterOf(actor)!), true);
  actor.send(run(1, "1"));
  await idle(actor);
  actor.send(CLOSE);
  await toPromise(actor);
  assert.deepEqual(seen, ["creating", "idle", "running", "idle", "closing", "closed"]);
});

test("fromInterpreter() calls the text of a function, and a function that source declared", async () => {
  const { child, events } = parentOf(fromInterpreter());
  child.send(run(0, "const twice = (n: number) => 2 * n; undefined"));
  child.send({ type: "CALL", id: 1, fn: "twice", args: [4] });
  child.send({ type: "CALL", id: 2, fn: "async (a, b) => a + b // sum", args: [1, 2] });
  const answers = await events(3);
  assert.deepEqual(answers.map(({ value }) => value), [undefined, 8, 3]);
  child.send({ type: "TERMINATE" });
});

test("fromInterpreter() calls what a module exports, of which it has one instance", async () => {
  const module = new URL("../modules/fixtures/work.ts", import.meta.url);
  const { child, events } = parentOf(fromInterpreter());
  child.send({ type: "CALL", id: 1, module, export: "count" });
  child.send({ type: "CALL", id: 2, module: module.href, export: "count" });
  child.send({ type: "CALL", id: 3, module, export: "add", args: [2, 3] });
  child.send({ type: "CALL", id: 4, module, export: "version" });
  child.send({ type: "CALL", id: 5, module, export: "nothing" });
  const answers = await events(5);
  assert.deepEqual(answers.slice(0, 4).map(({ value }) => value), [1, 2, 5, "1.2.3"]);
  assert.match(String(answers[4]?.["error"]), /"nothing".*no such export/);
  child.send({ type: "TERMINATE" });
});

test("fromInterpreter() answers with the errors of run, and goes on", async () => {
  const { child, events } = parentOf(fromInterpreter());
  child.send(run(1, "null.name"));
  child.send(run(2, "() => 1"));
  child.send({ type: "CALL", id: 3, fn: "neverDeclared" });
  child.send({ ...run(4, "1"), values: 5 });
  child.send(run(5, "5"));
  const answers = await events(5);
  assert.deepEqual(answers.map(({ type, id }) => [type, id]), [
    ["RUN.FAILED", 1],
    ["RUN.FAILED", 2],
    ["CALL.FAILED", 3],
    ["RUN.FAILED", 4],
    ["RUN.DONE", 5],
  ]);
  const errors = answers.map(({ error }) => error);
  assert.ok(errors[0] instanceof RunFailedError);
  assert.ok(errors[1] instanceof NotShareableError);
  assert.match(String(errors[2]), /ReferenceError/);
  assert.ok(errors[3] instanceof TypeError);
  child.send({ type: "TERMINATE" });
});

test("fromInterpreter() is done with the id and the reason of its interpreter on CLOSE", async () => {
  const { child, heard, over } = parentOf(fromInterpreter());
  child.send(run(1, "'first'"));
  child.send(CLOSE);
  child.send(run(2, "'too late'"));
  await waitFor(child, (snapshot: InterpreterLogicSnapshot) => snapshot.value === "running");
  const interpreter = interpreterOf(child);
  assert.deepEqual((await over()).output, {
    id: interpreter?.id,
    reason: "closed",
    error: undefined,
  });
  const [first, second] = heard().events;
  assert.deepEqual(first, { type: "RUN.DONE", id: 1, value: "first" });
  assert.equal(second?.type, "RUN.FAILED");
  assert.ok(second?.["error"] instanceof InterpreterTerminatedError);
  assert.equal(second?.["error"].reason, "closed");
});

test("fromInterpreter() ends at once on TERMINATE, and answers what was asked", async () => {
  const { child, over } = parentOf(fromInterpreter());
  child.send(run(1, "for (;;);"));
  child.send(run(2, "2"));
  await waitFor(child, (snapshot: InterpreterLogicSnapshot) => snapshot.value === "running");
  child.send({ type: "TERMINATE", reason: "enough" });
  const { output, events } = await over();
  const { reason, error } = output as { reason: string; error: unknown };
  assert.equal(reason, "enough");
  assert.ok(error instanceof InterpreterTerminatedError);
  assert.deepEqual(events, [
    { type: "RUN.FAILED", id: 1, error },
    { type: "RUN.FAILED", id: 2, error },
  ]);
});

test("fromInterpreter() ends whatever the reason is that a program without types gives", async () => {
  const { child, over } = parentOf(fromInterpreter());
  await idle(child);
  child.send({ type: "TERMINATE", reason: 5 });
  assert.equal(((await over()).output as { reason: string }).reason, "terminated");
});

test("fromInterpreter() that is terminated while it is creating leaves nothing behind", async () => {
  const before = listAll().length;
  const { child, over } = parentOf(fromInterpreter());
  child.send(run(1, "1"));
  child.send({ type: "TERMINATE" });
  const { output, events } = await over();
  const { id, reason, error } = output as { id: unknown; reason: string; error: unknown };
  assert.deepEqual([id, reason, events[0]?.type], [undefined, "terminated", "RUN.FAILED"]);
  assert.ok(error instanceof InterpreterTerminatedError);
  assert.equal(events[0]?.["error"], error);
  await until(() => listAll().length <= before, { withinMs: 20_000 });
});

test("fromInterpreter() is done when somebody else ends its interpreter, running or not", async () => {
  for (const source of [undefined, "await new Promise(() => {})"]) {
    const { child, over } = parentOf(fromInterpreter());
    if (source !== undefined) child.send(run(1, source));
    const value = source === undefined ? "idle" : "running";
    await waitFor(child, (snapshot: InterpreterLogicSnapshot) => snapshot.value === value);
    await interpreterOf(child)?.terminate("killed");
    const { output, events } = await over();
    assert.equal((output as { reason: string }).reason, "killed");
    assert.equal(events.length, source === undefined ? 0 : 1);
  }
});

test("fromInterpreter() answers an aborted run with the reason of its signal", async () => {
  const { child, events, over } = parentOf(fromInterpreter());
  const controller = new AbortController();
  child.send({ ...run(1, "await new Promise(() => {})"), signal: controller.signal });
  await waitFor(child, (snapshot: InterpreterLogicSnapshot) => snapshot.value === "running");
  controller.abort(new RangeError("no longer needed"));
  assert.equal((await events(1))[0]?.["error"], controller.signal.reason);
  await over();
});

test("fromInterpreter() fails with the error of create(), after its answers", async () => {
  const { child, over } = parentOf(fromInterpreter({ language: "python" }));
  child.send(run(1, "1"));
  const { error, events } = await over();
  assert.equal((error as Error).name, "UnsupportedError");
  assert.deepEqual(events, [{ type: "RUN.FAILED", id: 1, error }]);
});

test("fromInterpreter() ends its interpreter when its parent leaves it", async () => {
  const { actor, child, heard } = parentOf(fromInterpreter());
  child.send(run(1, "for (;;);"));
  await waitFor(child, (snapshot: InterpreterLogicSnapshot) => snapshot.value === "running");
  const interpreter = interpreterOf(child)!;
  actor.send({ type: "LEAVE" });
  assert.equal(listAll().includes(interpreter), false);
  assert.deepEqual(heard().events, []);
});

test("fromInterpreter() that is stopped while it is creating leaves no interpreter", async () => {
  const before = listAll().length;
  const actors = Array.from({ length: 4 }, () => createActor(fromInterpreter()).start());
  for (const [turns, actor] of actors.entries()) {
    for (let turn = 0; turn < 3 * turns; turn++) await Promise.resolve();
    actor.stop();
  }
  await until(() => listAll().length <= before, { withinMs: 20_000 });
});

test("fromInterpreter() emits stdout, stderr, message and its answers", async () => {
  const actor = createActor(fromInterpreter(QUIET)).start();
  const emitted: InterpreterLogicEmitted[] = [];
  actor.on("*", (event) => emitted.push(event));
  actor.send(run(
    1,
    `import { host } from "subinterpreters";
     console.log("out"); console.error("err"); await host.message({ n: [1] }); "value"`,
  ));
  await waitFor(actor, () => emitted.some(({ type }) => type === "RUN.DONE"));
  const byType = emitted.toSorted((a, b) => a.type.localeCompare(b.type));
  assert.deepEqual(byType, [
    { type: "message", data: { n: [1] } },
    { type: "RUN.DONE", id: 1, value: "value" },
    { type: "stderr", text: "err\n" },
    { type: "stdout", text: "out\n" },
  ]);
  actor.stop();
});

test("fromInterpreter() emits what handlers for an exit print", async () => {
  const actor = createActor(fromInterpreter(QUIET)).start();
  let text = "";
  actor.on("stdout", (event) => text += event.text);
  actor.send(run(1, "process.on('exit', () => console.log('bye')); undefined"));
  actor.send(CLOSE);
  await toPromise(actor);
  assert.equal(text, "bye\n");
});

// In a process of its own: `bun test` (1.4) ends a worker at its first stray error.
test("fromInterpreter() emits an error that nobody caught between runs", async () => {
  const { code, stdout, stderr } = await spawnScript(
    new URL("./fixtures/uncaught.ts", import.meta.url),
  );
  assert.deepEqual([code, stdout], [0, "late\n"]);
  assert.match(stderr, /Uncaught in interpreter 1: Error: late/);
});

test("fromInterpreter() gives the functions of its options, and the options of its input", async () => {
  const logic = fromInterpreter({ functions: { one: () => 1 }, name: "a" });
  const actor = createActor(logic, { input: { name: "b" } }).start();
  const answer = new Promise((resolve) => actor.on("RUN.DONE", resolve));
  actor.send(
    run(
      1,
      `import { host, getCurrent } from "subinterpreters"; [await host.one(), getCurrent().name]`,
    ),
  );
  assert.deepEqual(await answer, { type: "RUN.DONE", id: 1, value: [1, "b"] });
  actor.stop();
});

test("fromInterpreter() shows itself to whoever inspects the system", async () => {
  const events: InspectionEvent[] = [];
  const actor = createActor(fromInterpreter(), { inspect: (event) => events.push(event) }).start();
  actor.send(run(1, "1"));
  actor.send(CLOSE);
  await toPromise(actor);
  const types = events.flatMap((one) =>
    one.type === "@xstate.event" && one.actorRef === actor ? [one.event.type] : []
  );
  assert.deepEqual(types.filter((type) => !type.startsWith("xstate.init")), [
    "RUN",
    "CLOSE",
    "INTERPRETER.CREATED",
    "xstate.done.actor.work",
    "INTERPRETER.ENDED",
  ]);
  const children = events.flatMap((one) =>
    one.type === "@xstate.actor" ? [(one.actorRef as AnyActorRef).id] : []
  );
  assert.deepEqual(children.slice(1), ["holder", "work"]);
});

test("fromInterpreter() that was persisted begins with a new interpreter and nothing to do", async () => {
  const logic = fromInterpreter();
  const first = createActor(logic, { input: { name: "kept" } }).start();
  first.send(run(1, "let n = 1; await new Promise(() => {})"));
  first.send(run(2, "2"));
  await waitFor(first, ({ value }) => value === "running");
  const text = JSON.stringify(first.getPersistedSnapshot());
  first.stop();
  const second = createActor(logic, { snapshot: JSON.parse(text) });
  const answers: InterpreterLogicEmitted[] = [];
  second.on("*", (event) => answers.push(event));
  second.start();
  assert.equal(second.getSnapshot().value, "creating");
  await idle(second);
  assert.deepEqual([interpreterOf(second)?.name, answers], ["kept", []]);
  second.send(run(3, "typeof n"));
  await waitFor(second, () => answers.length > 0);
  assert.deepEqual(answers, [{ type: "RUN.DONE", id: 3, value: "undefined" }]);
  second.stop();
});

test("fromInterpreter() within a persisted machine begins again with a new interpreter", async () => {
  const logic = fromInterpreter();
  const { actor, child } = parentOf(logic);
  await idle(child);
  const snapshot = JSON.parse(JSON.stringify(actor.getPersistedSnapshot()));
  actor.send({ type: "LEAVE" });
  const restored = parentOf(logic, { snapshot });
  restored.child.send(run(1, "6 * 7"));
  assert.deepEqual(await restored.events(1), [{ type: "RUN.DONE", id: 1, value: 42 }]);
  restored.actor.send({ type: "LEAVE" });
});

test("fromInterpreter() that was persisted after its end has still ended", async () => {
  const logic = fromInterpreter();
  const first = createActor(logic).start();
  first.send(CLOSE);
  const { id } = await toPromise(first);
  const snapshot = JSON.parse(JSON.stringify(first.getPersistedSnapshot()));
  const second = createActor(logic, { snapshot }).start();
  assert.deepEqual(await toPromise(second), { id, reason: "closed" });
});
