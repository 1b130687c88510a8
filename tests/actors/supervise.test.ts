// What a supervisor does when a child ends. The children need no threads, the clock is simulated.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Restart,
  supervise,
  type SuperviseOptions,
  type SupervisionOutput,
} from "subinterpreters/actors";
import {
  type AnyActorRef,
  createActor,
  fromCallback,
  setup,
  SimulatedClock,
  type Snapshot,
} from "xstate";
import { type ChildOrder, loggingChild } from "../helpers/supervised.ts";

const FAIL: ChildOrder = { type: "FAIL", error: new Error("flaky") };

/** A supervisor of children of these names; a log has what starts and ends. */
function supervised(
  names: readonly string[],
  options: Omit<SuperviseOptions, "children"> & { readonly restart?: Restart } = {},
) {
  const log: string[] = [];
  const { restart = "permanent", ...rest } = options;
  const clock = new SimulatedClock();
  const children = names.map((id) => ({
    id,
    systemId: `name of ${id}`,
    restart,
    src: loggingChild(id, log),
  }));
  const supervisor = createActor(supervise({ intensity: 10, ...rest, children }), { clock });
  const told: string[] = [];
  supervisor.on("*", ({ type, child }) => told.push(`${type} ${child}`));
  supervisor.start();
  return {
    supervisor,
    clock,
    told,
    present: (id: string): AnyActorRef | undefined => supervisor.system.get(`name of ${id}`),
    tell: (id: string, order: ChildOrder) => supervisor.system.get(`name of ${id}`).send(order),
    state: () => supervisor.getSnapshot().value,
    /** What was logged since the last time. */
    logged: () => log.splice(0).join(" "),
  };
}

/** The error of the child that a supervisor gave up on. */
function causeOf(output: SupervisionOutput | undefined): Error {
  const cause = output?.error?.cause;
  assert.ok(cause instanceof Error);
  return cause;
}

for (
  const [strategy, becomes] of [
    ["one_for_one", "-b +b"],
    ["one_for_all", "-b -d -c -a +a +b +c +d"],
    ["rest_for_one", "-b -d -c +b +c +d"],
  ] as const
) {
  test(`supervise() with ${strategy} ends in reverse order and starts in order what it concerns`, () => {
    const { tell, logged, present, state } = supervised(["a", "b", "c", "d"], { strategy });
    assert.equal(logged(), "+a +b +c +d");
    const before = present("b");
    tell("b", FAIL);
    assert.equal(logged(), becomes);
    assert.notEqual(present("b"), before);
    assert.equal(present("b")?.getSnapshot().status, "active");
    assert.equal(state(), "running");
  });
}

for (
  const [restart, order, becomes] of [
    ["permanent", FAIL, "-b +b"],
    ["permanent", { ...FAIL, type: "THROW" }, "-b +b"],
    ["permanent", { type: "FINISH" }, "-b +b"],
    ["transient", FAIL, "-b +b"],
    ["transient", { ...FAIL, type: "THROW" }, "-b +b"],
    ["transient", { type: "FINISH" }, "-b"],
    ["temporary", FAIL, "-b"],
    ["temporary", { type: "FINISH" }, "-b"],
  ] as const
) {
  test(`supervise() with a ${restart} child: after ${order.type} there is ${becomes}`, () => {
    const { tell, logged, state } = supervised(["a", "b", "c"], { restart });
    logged();
    tell("b", order);
    assert.equal(logged(), becomes);
    assert.equal(state(), "running");
  });
}

test("supervise() does not start a temporary child again that it ended because of another", () => {
  const log: string[] = [];
  const children = [
    { id: "a", systemId: "a", src: loggingChild("a", log) },
    { id: "b", systemId: "b", src: loggingChild("b", log), restart: "temporary" as const },
  ];
  const supervisor = createActor(supervise({ strategy: "one_for_all", children })).start();
  supervisor.system.get("a").send(FAIL);
  assert.deepEqual(log, ["+a", "+b", "-a", "-b", "+a"]);
  assert.equal(supervisor.system.get("b"), undefined);
  assert.equal(supervisor.getSnapshot().value, "running");
});

test("supervise() gives up after more than intensity restarts within period, and says why", () => {
  const { supervisor, tell, clock, logged, state } = supervised(["a", "b", "c"], {
    intensity: 2,
    period: 1_000,
  });
  tell("a", FAIL);
  clock.increment(600);
  tell("b", FAIL);
  // The first is just still within the period, as in Erlang.
  clock.increment(401);
  tell("b", FAIL);
  logged();
  assert.equal(state(), "running");
  tell("b", FAIL);
  assert.equal(logged(), "-b -c -a");
  assert.equal(state(), "gaveUp");
  const { status, output } = supervisor.getSnapshot();
  assert.equal(status, "done");
  assert.deepEqual([output?.reason, output?.child], ["gave up", "b"]);
  assert.equal(output?.error?.name, "InterpreterError");
  assert.equal(
    output?.error?.message,
    'The supervisor gave up on child "b": more than 2 restarts within 1000 ms; ' +
      "it ended last with: flaky",
  );
  assert.equal(causeOf(output).message, "flaky");
});

test("supervise() has Erlang's defaults: one restart within five seconds, one_for_one", () => {
  for (const [ms, expected] of [[5_000, "gaveUp"], [5_001, "running"]] as const) {
    const log: string[] = [];
    const clock = new SimulatedClock();
    const children = ["a", "b"].map((id) => ({ id, systemId: id, src: loggingChild(id, log) }));
    const supervisor = createActor(supervise({ children }), { clock }).start();
    supervisor.system.get("a").send(FAIL);
    clock.increment(ms);
    supervisor.system.get("a").send(FAIL);
    assert.equal(supervisor.getSnapshot().value, expected);
    assert.deepEqual(log.slice(0, 4), ["+a", "+b", "-a", "+a"]);
  }
});

test("supervise() never restarts with an intensity of 0", () => {
  const { tell, logged, state } = supervised(["a", "b"], { intensity: 0 });
  logged();
  tell("a", FAIL);
  assert.deepEqual([logged(), state()], ["-a -b", "gaveUp"]);
});

test("supervise() on SHUTDOWN ends all children in reverse order, and is done", () => {
  const { supervisor, logged, state } = supervised(["a", "b", "c"]);
  logged();
  supervisor.send({ type: "SHUTDOWN" });
  assert.deepEqual([logged(), state()], ["-c -b -a", "shutDown"]);
  const { output } = supervisor.getSnapshot();
  assert.deepEqual(output, { reason: "shut down", child: undefined, error: undefined });
});

test("supervise() waits with a backoff, longer with each restart in a row", () => {
  const { tell, logged, clock, state } = supervised(["a", "b"], {
    period: 1_000,
    backoff: { initialMs: 100, factor: 3, maxMs: 500 },
  });
  for (const ms of [100, 300, 500, 500]) {
    tell("a", FAIL);
    logged();
    assert.equal(state(), "restarting");
    clock.increment(ms - 1);
    assert.equal(logged(), "");
    clock.increment(1);
    assert.deepEqual([logged(), state()], ["+a", "running"]);
  }
  // It has stayed up for the period, so the row is over.
  clock.increment(1_000);
  tell("a", FAIL);
  clock.increment(100);
  assert.equal(logged(), "-a +a");
});

test("supervise() with one_for_one waits for each child on its own", () => {
  const { tell, logged, clock } = supervised(["a", "b"], { backoff: (attempt) => attempt * 50 });
  logged();
  tell("a", FAIL);
  clock.increment(30);
  tell("b", FAIL);
  clock.increment(20);
  assert.equal(logged(), "-a -b +a");
  clock.increment(30);
  assert.equal(logged(), "+b");
});

test("supervise() with one_for_all ends the others before its backoff, and starts all after it", () => {
  const { tell, logged, clock } = supervised(["a", "b", "c"], {
    strategy: "one_for_all",
    backoff: () => 50,
  });
  logged();
  tell("b", FAIL);
  assert.equal(logged(), "-b -c -a");
  clock.increment(50);
  assert.equal(logged(), "+a +b +c");
});

test("supervise() with rest_for_one waits anew if an earlier child ends during its backoff", () => {
  const { tell, logged, clock } = supervised(["a", "b", "c"], {
    strategy: "rest_for_one",
    backoff: () => 50,
  });
  logged();
  tell("b", FAIL);
  clock.increment(40);
  tell("a", FAIL);
  clock.increment(49);
  assert.equal(logged(), "-b -c -a");
  clock.increment(1);
  assert.equal(logged(), "+a +b +c");
});

test("supervise() shuts down during a backoff, and starts nothing after it", () => {
  const { supervisor, tell, logged, clock, state } = supervised(["a", "b"], { backoff: () => 50 });
  logged();
  tell("a", FAIL);
  supervisor.send({ type: "SHUTDOWN" });
  clock.increment(1_000);
  assert.deepEqual([logged(), state()], ["-a -b", "shutDown"]);
});

test("supervise() gives up if its backoff throws or returns no delay", () => {
  for (
    const [backoff, message] of [
      [() => NaN, /^Cannot restart a child: backoff\(1\) must return .*, received NaN$/],
      [() => {
        throw new Error("no delay");
      }, /^no delay$/],
    ] as const
  ) {
    const { supervisor, tell, state } = supervised(["a"], { backoff });
    tell("a", FAIL);
    assert.equal(state(), "gaveUp");
    assert.match(causeOf(supervisor.getSnapshot().output).message, message);
  }
});

test("supervise() with jitter waits as long as the seed says that it shows", () => {
  const delays = (seed?: number) => {
    const clock = new SimulatedClock();
    const log: string[] = [];
    const backoff = { initialMs: 1_000, jitter: 0.5, ...seed === undefined ? {} : { seed } };
    const logic = supervise({
      intensity: 5,
      backoff,
      children: [{ id: "a", systemId: "a", src: loggingChild("a", log) }],
    });
    const supervisor = createActor(logic, { clock });
    const seen: number[] = [];
    supervisor.on("restarting", ({ delay }) => seen.push(delay));
    supervisor.start();
    for (let n = 0; n < 3; n++) {
      supervisor.system.get("a").send(FAIL);
      clock.increment(30_000);
    }
    return { seen, seed: supervisor.getSnapshot().context.seed };
  };
  const first = delays();
  assert.equal(first.seen.length, 3);
  for (const [n, ms] of first.seen.entries()) {
    assert.ok(ms >= 500 * 2 ** n && ms <= 1_000 * 2 ** n, `${ms}`);
  }
  assert.deepEqual(delays(first.seed), first);
});

test("supervise() emits what happens to its children", () => {
  const { tell, told } = supervised(["a", "b"], { strategy: "one_for_all" });
  told.splice(0);
  tell("b", FAIL);
  assert.deepEqual(told, ["ended b", "restarting b", "up a", "up b"]);
});

test("supervise() nests: one that gave up is started again by the one above it", () => {
  const log: string[] = [];
  const inner = supervise({
    intensity: 1,
    children: [{ id: "a", systemId: "a", src: loggingChild("a", log) }],
  });
  const supervisor = createActor(supervise({
    intensity: 1,
    children: [
      { id: "inner", src: inner, restart: "transient" },
      { id: "b", systemId: "b", src: loggingChild("b", log) },
    ],
  })).start();
  const fail = () => supervisor.system.get("a").send(FAIL);
  fail();
  assert.equal(supervisor.getSnapshot().context.children.get("inner")?.restarts, 0);
  fail();
  assert.equal(supervisor.getSnapshot().context.children.get("inner")?.restarts, 1);
  assert.equal(supervisor.getSnapshot().value, "running");
  assert.deepEqual(log, ["+a", "+b", "-a", "+a", "-a", "+a"]);
  fail();
  fail();
  const { output } = supervisor.getSnapshot();
  assert.equal(output?.child, "inner");
  assert.match(
    output?.error?.message ?? "",
    /^The supervisor gave up on child "inner": .*gave up$/,
  );
  assert.match(causeOf(output).message, /gave up on child "a"/);
  assert.deepEqual(log.slice(-2), ["-a", "-b"]);
});

test("supervise() shuts a whole tree down in reverse order", () => {
  const log: string[] = [];
  const leaf = (id: string) => ({ id, src: loggingChild(id, log) });
  const inner = supervise({ children: [leaf("b"), leaf("c")] });
  const children = [leaf("a"), { id: "inner", src: inner }, leaf("d")];
  const supervisor = createActor(supervise({ children })).start();
  assert.equal(log.splice(0).join(" "), "+a +b +c +d");
  supervisor.send({ type: "SHUTDOWN" });
  assert.equal(log.join(" "), "-d -c -b -a");
});

test("supervise() starts all children anew from a persisted snapshot, or is over if it was", () => {
  const log: string[] = [];
  const logic = supervise({
    children: ["a", "b"].map((id) => ({ id, systemId: id, src: loggingChild(id, log) })),
  });
  const store = (actor: { getPersistedSnapshot(): Snapshot<unknown> }) =>
    JSON.parse(JSON.stringify(actor.getPersistedSnapshot())) as Snapshot<unknown>;
  const first = createActor(logic).start();
  first.system.get("a").send(FAIL);
  const stored = store(first);
  first.stop();
  log.splice(0);
  const second = createActor(logic, { snapshot: stored }).start();
  assert.deepEqual(log, ["+a", "+b"]);
  assert.equal(second.getSnapshot().value, "running");
  second.system.get("b").send(FAIL);
  second.system.get("b").send(FAIL);
  assert.equal(second.getSnapshot().value, "gaveUp");
  const over = createActor(logic, { snapshot: store(second) }).start();
  assert.equal(over.getSnapshot().status, "done");
  assert.equal(over.getSnapshot().output?.child, "b");
});

test("supervise() stops the children of a machine that throws, and they give their names free", () => {
  const log: string[] = [];
  const machine = setup({ actors: { below: loggingChild("below", log) } }).createMachine({
    invoke: { src: "below", systemId: "below" },
    on: {
      THROW: {
        actions: () => {
          throw new Error("flaky");
        },
      },
    },
  });
  const children = [{ id: "a", systemId: "a", src: machine }];
  const supervisor = createActor(supervise({ children })).start();
  supervisor.system.get("a").send({ type: "THROW" });
  assert.deepEqual(log, ["+below", "-below", "+below"]);
  assert.equal(supervisor.getSnapshot().value, "running");
  assert.equal(supervisor.system.get("below").getSnapshot().status, "active");
});

test("supervise() gives up on a child that fails each time it starts, and throws nowhere", () => {
  const src = fromCallback(() => {
    throw new Error("cannot start");
  });
  const supervisor = createActor(supervise({ intensity: 3, children: [{ id: "a", src }] })).start();
  const { value, output } = supervisor.getSnapshot();
  assert.equal(value, "gaveUp");
  assert.match(output?.error?.message ?? "", /it ended last with: cannot start$/);
});

test("supervise() gives up if another actor has the name of a child", () => {
  const log: string[] = [];
  const twin = (id: string) => ({ id, systemId: "twin", src: loggingChild(id, log) });
  const inner = supervise({ children: [twin("b")] });
  const children = [twin("a"), { id: "inner", src: inner }];
  const supervisor = createActor(supervise({ children })).start();
  const { output } = supervisor.getSnapshot();
  assert.equal(output?.child, "inner");
  const cause = causeOf(output);
  assert.match(
    cause.message,
    /Cannot start child "b": another actor has the systemId "twin"; give it another$/,
  );
});
