import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  getMain,
  InterpreterError,
  InterpreterTerminatedError,
  listAll,
} from "subinterpreters";
import {
  type InterpreterActorEvent,
  type InterpreterActorRef,
  interpreterLogic,
  interpreterMachine,
  runLogic,
  supervisorMachine,
} from "subinterpreters/actors";
import { assign, createActor, setup, toPromise, waitFor } from "xstate";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();

function startMachine() {
  const stopped: string[] = [];
  const actor = createActor(interpreterMachine, {
    input: { id: 1, isolated: true, stop: (reason) => stopped.push(reason) },
  }).start();
  return { actor, stopped };
}

const RUN = { type: "RUN" } as const;

test("interpreterMachine has exactly the states idle, running and closed", () => {
  assert.deepEqual(Object.keys(interpreterMachine.states), ["idle", "running", "closed"]);
});

test("interpreterMachine goes from idle to running and back", () => {
  const { actor, stopped } = startMachine();
  assert.equal(actor.getSnapshot().value, "idle");
  actor.send(RUN);
  assert.equal(actor.getSnapshot().value, "running");
  actor.send({ type: "RUN.FAILED" });
  assert.equal(actor.getSnapshot().value, "idle");
  assert.deepEqual(stopped, []);
});

const crash = new InterpreterTerminatedError("Interpreter 1 ended: crash", { reason: "crash" });

for (
  const [event, reason, message] of [
    [{ type: "CLOSE" }, "closed", undefined],
    [{ type: "TERMINATE", reason: "enough" }, "enough", "Interpreter 1 ended: enough"],
    [{ type: "CRASH", error: crash }, "crash", crash.message],
  ] as const
) {
  test(`interpreterMachine stops its thread once on ${event.type}, and says how it ended`, () => {
    const { actor, stopped } = startMachine();
    actor.send(event);
    actor.send({ type: "TERMINATE", reason: "again" });
    assert.equal(actor.getSnapshot().value, "closed");
    const { error, ...output } = actor.getSnapshot().output ?? {};
    assert.deepEqual(output, { id: 1, reason });
    assert.equal(error?.message, message);
    assert.deepEqual(stopped, [reason]);
  });
}

test("supervisorMachine lists what it spawned and reaps what is done", () => {
  const supervisor = createActor(supervisorMachine).start();
  const ids = () => [...supervisor.getSnapshot().context.interpreters.keys()];
  for (const id of [1, 2]) {
    supervisor.send({ type: "SPAWN", input: { id, isolated: true, stop: () => {} } });
  }
  assert.deepEqual(ids(), [1, 2]);
  supervisor.getSnapshot().context.interpreters.get(1)?.send({ type: "CLOSE" });
  assert.deepEqual(ids(), [2]);
  // What it still referred to could never be collected.
  assert.deepEqual(Object.keys(supervisor.getSnapshot().children), ["interpreter-2"]);
});

test("supervisorMachine takes few names for many interpreters, and none twice at once", () => {
  const supervisor = createActor(supervisorMachine).start();
  const live = () => supervisor.getSnapshot().context.interpreters;
  const names = new Set<string>();
  for (let id = 1; id <= 2_000; id++) {
    supervisor.send({ type: "SPAWN", input: { id, isolated: true, stop: () => {} } });
    if (id % 100 !== 0) live().get(id)?.send({ type: "CLOSE" });
    else names.add(live().get(id)!.id);
    assert.equal(Object.keys(supervisor.getSnapshot().children).length, live().size);
  }
  assert.equal(names.size, 20);
  assert.deepEqual([...live().keys()], Array.from({ length: 20 }, (_, n) => 100 * (n + 1)));
});

test("Interpreter.actor follows the run in progress", async (t) => {
  const interpreter = await scoped(t);
  const actor = interpreter.actor as InterpreterActorRef;
  const states: unknown[] = [];
  actor.subscribe((snapshot) => states.push(snapshot.value));
  await interpreter.run("1");
  await assert.rejects(interpreter.run("throw 1"));
  await interpreter.close();
  assert.deepEqual(states, ["running", "idle", "running", "idle", "closed"]);
});

test("Interpreter.actor has the error of the run that it ended as its output", async () => {
  const interpreter = await create();
  const actor = interpreter.actor as InterpreterActorRef;
  const failed = interpreter.run("await new Promise(() => {})").catch((reason: unknown) => reason);
  await interpreter.terminate("enough");
  const { output } = actor.getSnapshot();
  assert.equal(output?.reason, "enough");
  assert.equal(output?.error, await failed);
});

test("Interpreter.actor is inspected through its system", async (t) => {
  const interpreter = await scoped(t);
  const types: string[] = [];
  (interpreter.actor as InterpreterActorRef).system.inspect((event) => {
    if (event.type === "@xstate.event") types.push(event.event.type);
  });
  await interpreter.run("1");
  assert.deepEqual(types, ["RUN", "RUN.DONE"]);
});

test("Interpreter.actor is refused for the main interpreter and inside", async () => {
  assert.throws(() => getMain().actor, InterpreterError);
  const interpreter = await shared();
  const name = await interpreter.evaluate(`
    import { getCurrent } from "subinterpreters";
    let name; try { getCurrent().actor } catch (error) { name = error.name } name;
  `);
  assert.equal(name, "InterpreterError");
});

test("B437 a thread that dies by itself closes its actor and rejects its run", async () => {
  const interpreter = await create({ isolated: false });
  const actor = interpreter.actor as InterpreterActorRef;
  const rejected = assert.rejects(
    interpreter.run("process.exit(9); await new Promise(() => {})"),
    InterpreterTerminatedError,
  );
  await waitFor(actor, (snapshot) => snapshot.value === "closed");
  await rejected;
  assert.equal(listAll().includes(interpreter), false);
});

test("runLogic gives the value of a run to the machine that invokes it", async () => {
  const interpreter = await shared();
  const machine = setup({ actors: { run: runLogic } }).createMachine({
    context: { value: undefined as unknown },
    initial: "computing",
    states: {
      computing: {
        invoke: {
          src: "run",
          input: { interpreter, source: "6 * 7" },
          onDone: { target: "done", actions: assign({ value: ({ event }) => event.output }) },
        },
      },
      done: { type: "final" },
    },
    output: ({ context }) => context.value,
  });
  assert.equal(await toPromise(createActor(machine).start()), 42);
});

test("runLogic that is stopped terminates the interpreter", async () => {
  const interpreter = await create();
  const child = interpreter.actor as InterpreterActorRef;
  const actor = createActor(runLogic, { input: { interpreter, source: "for (;;);" } }).start();
  actor.stop();
  await waitFor(child, (snapshot) => snapshot.value === "closed");
});

test("interpreterLogic evaluates for its parent and ends with it", async () => {
  const before = listAll().length;
  const machine = setup({
    types: {} as { events: InterpreterActorEvent; context: { value: unknown } },
    actors: { interpreter: interpreterLogic },
  }).createMachine({
    context: { value: undefined },
    invoke: { src: "interpreter", id: "interpreter", input: {} },
    initial: "booting",
    states: {
      booting: {
        on: {
          "INTERPRETER.IDLE": {
            target: "asking",
            actions: ({ self }) =>
              self.getSnapshot().children["interpreter"]?.send({
                type: "EVALUATE",
                source: "2 + 3",
              }),
          },
        },
      },
      asking: {
        on: {
          "EVALUATE.DONE": {
            target: "done",
            actions: assign({ value: ({ event }) => event.value }),
          },
        },
      },
      done: { type: "final" },
    },
    output: ({ context }) => context.value,
  });
  assert.equal(await toPromise(createActor(machine).start()), 5);
  await waitForCount(before);
});

async function waitForCount(count: number): Promise<void> {
  while (listAll().length > count) await new Promise((resolve) => setTimeout(resolve, 1));
}
