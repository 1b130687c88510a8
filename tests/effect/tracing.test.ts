// Spans of both sides: what the program's tracer is told of runs, and of what happens in them.

import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Option from "effect/Option";
import type * as Scope from "effect/Scope";
import * as Tracer from "effect/Tracer";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel } from "subinterpreters";
import { Channel, Interpreter, Tracing } from "subinterpreters/effect";
import { until } from "../helpers/until.ts";

/** A tracer that keeps its spans. */
function keeping(): { readonly tracer: Tracer.Tracer; readonly spans: Tracer.NativeSpan[] } {
  const spans: Tracer.NativeSpan[] = [];
  const tracer = Tracer.make({
    span(options) {
      const span = new Tracer.NativeSpan(options);
      spans.push(span);
      return span;
    },
  });
  return { tracer, spans };
}

/** Runs the program, whose scope ends with it, and gives the spans. */
async function traced<A, E>(
  program: Effect.Effect<A, E, Scope.Scope>,
): Promise<{ readonly exit: Exit.Exit<A, E>; readonly spans: readonly Tracer.NativeSpan[] }> {
  const { tracer, spans } = keeping();
  const exit = await Effect.runPromiseExit(
    Effect.scoped(program).pipe(Effect.provideService(Tracer.Tracer, tracer)),
  );
  return { exit, spans };
}

const parentOf = (span: Tracer.Span) => Option.getOrUndefined(span.parent)?.spanId;

function named(spans: readonly Tracer.NativeSpan[], name: string): Tracer.NativeSpan {
  const found = spans.find((span) => span.name === name);
  assert.ok(found !== undefined, `no span ${name} among ${spans.map((one) => one.name).join()}`);
  return found;
}

function endOf({ name, status }: Tracer.Span) {
  if (status._tag === "Ended") return status;
  return assert.fail(`${name} has not ended`);
}

const INSIDE = `
  import * as Effect from "effect/Effect";
  import { Interpreter, Tracing } from "subinterpreters/effect";
  const traced = (program) =>
    Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(Tracing.layer)));
`;

test("Interpreter.run() spans have the ids, and one of the thread's own that lies in them", async () => {
  const { exit, spans } = await traced(Effect.gen(function* () {
    const interpreter = yield* Interpreter.make({ name: "worker" });
    yield* Interpreter.run(interpreter, "1", { filename: "one.ts" }).pipe(Effect.withSpan("mine"));
    return interpreter.id;
  }));
  assert.ok(exit._tag === "Success");
  const id = exit.value;
  const run = named(spans, "subinterpreters.run");
  assert.equal(run.kind, "client");
  assert.equal(parentOf(run), named(spans, "mine").spanId);
  assert.deepEqual(Object.fromEntries(run.attributes), {
    "subinterpreters.interpreter.id": id,
    "subinterpreters.interpreter.name": "worker",
    "code.file.path": "one.ts",
  });
  const inside = named(spans, "subinterpreters.execute");
  assert.equal(inside.kind, "server");
  assert.equal(parentOf(inside), run.spanId);
  assert.equal(inside.traceId, run.traceId);
  const [outer, inner] = [endOf(run), endOf(inside)];
  assert.ok(outer.startTime <= inner.startTime && inner.startTime <= inner.endTime);
  const created = named(spans, "subinterpreters.create");
  assert.equal(created.attributes.get("subinterpreters.interpreter.id"), id);
});

test("Tracing.layer continues the run's trace inside, with the ids that spans have there", async () => {
  const { exit, spans } = await traced(Effect.gen(function* () {
    const interpreter = yield* Interpreter.make();
    return yield* Interpreter.evaluate<string[]>(
      interpreter,
      `${INSIDE}
      await traced(Effect.gen(function* () {
        yield* Effect.annotateCurrentSpan({ color: "red", list: [1, 2], deep: { a: 1 } });
        const span = yield* Effect.currentSpan;
        span.event("half-way", 5n, { n: 1 });
        return yield* Effect.succeed([span.traceId, span.spanId]).pipe(Effect.withSpan("inner"));
      }).pipe(Effect.withSpan("outer", { kind: "internal" })))`,
    );
  }));
  const [outer, inner] = [named(spans, "outer"), named(spans, "inner")];
  assert.ok(exit._tag === "Success");
  assert.deepEqual(exit.value, [outer.traceId, outer.spanId]);
  assert.equal(parentOf(outer), named(spans, "subinterpreters.execute").spanId);
  assert.equal(parentOf(inner), outer.spanId);
  assert.equal(outer.traceId, named(spans, "subinterpreters.evaluate").traceId);
  assert.deepEqual(Object.fromEntries(outer.attributes), {
    color: "red",
    list: [1, 2],
    deep: '{"a":1}',
  });
  assert.deepEqual(outer.events.map(([name, , attributes]) => [name, attributes]), [
    ["half-way", { n: 1 }],
  ]);
  for (const span of spans) assert.ok(Exit.isSuccess(endOf(span).exit), span.name);
});

test("Tracing.layer tells how effects failed inside", async () => {
  const { exit, spans } = await traced(Effect.gen(function* () {
    const interpreter = yield* Interpreter.make();
    yield* Interpreter.run(
      interpreter,
      `${INSIDE}
      await traced(Effect.fail(new RangeError("too far")).pipe(Effect.withSpan("failing")));`,
    );
  }));
  assert.equal(exit._tag, "Failure");
  const failing = endOf(named(spans, "failing")).exit;
  assert.match(Exit.isFailure(failing) ? String(failing.cause) : "", /RangeError: too far/);
  assert.ok(Exit.isFailure(endOf(named(spans, "subinterpreters.run")).exit));
});

test("Tracing.layer goes on from one interpreter into another", async () => {
  const { spans } = await traced(Effect.gen(function* () {
    const interpreter = yield* Interpreter.make();
    yield* Interpreter.run(
      interpreter,
      `${INSIDE}
      const source = ${
        JSON.stringify(`${INSIDE}
        await traced(Effect.void.pipe(Effect.withSpan("deepest")));`)
      };
      await traced(Effect.gen(function* () {
        const other = yield* Interpreter.make();
        yield* Interpreter.evaluate(other, source);
      }).pipe(Effect.withSpan("middle")));`,
    );
  }));
  const path = ["deepest"];
  for (let span = named(spans, "deepest"); parentOf(span) !== undefined;) {
    const parent = spans.find(({ spanId }) => spanId === parentOf(span));
    assert.ok(parent !== undefined, `${span.name} has a parent that nobody has`);
    span = parent;
    path.push(span.name);
  }
  assert.deepEqual(path, [
    "deepest",
    "subinterpreters.execute",
    "subinterpreters.evaluate",
    "middle",
    "subinterpreters.execute",
    "subinterpreters.run",
  ]);
});

test("Channel.send() and recv() spans have the channel's id", async () => {
  const { spans } = await traced(Effect.gen(function* () {
    const [recv, send] = yield* Channel.make<number>();
    yield* Effect.all([Channel.send(send, 1), Channel.recv(recv)], { concurrency: "unbounded" });
    return recv.id;
  }));
  for (const [name, kind] of [["send", "producer"], ["recv", "consumer"]] as const) {
    const span = named(spans, `subinterpreters.${name}`);
    assert.deepEqual([span.kind, ...span.attributes.keys()], [kind, "subinterpreters.channel.id"]);
  }
});

test("Interpreter.call() and functions of a module have spans with their names", async () => {
  const { spans } = await traced(Effect.gen(function* () {
    const interpreter = yield* Interpreter.make();
    const add = (a: number, b: number) => a + b;
    yield* Interpreter.call(interpreter, add, 1, 2);
    const url = "data:text/javascript,export const half = (n) => n / 2";
    const module = yield* Interpreter.importModule<{ half(n: number): number }>(interpreter, url);
    yield* module.half(4);
  }));
  const names = spans.filter(({ name }) => name === "subinterpreters.call")
    .map(({ attributes }) => attributes.get("code.function.name"));
  assert.deepEqual(names, ["add", "half"]);
});

test("Interpreter.run() that is interrupted ends its spans, and those inside", async () => {
  const { tracer, spans } = keeping();
  const [recv, send] = createChannel<number>();
  const program = Effect.gen(function* () {
    const interpreter = yield* Interpreter.make();
    const begun = yield* Deferred.make<void>();
    const fiber = yield* Effect.forkChild(
      Interpreter.run(interpreter, `await send.send(1); for (;;);`, { channels: { send } }),
    );
    yield* Channel.recv(recv);
    yield* Deferred.succeed(begun, undefined);
    yield* Fiber.interrupt(fiber);
  });
  await Effect.runPromise(
    Effect.scoped(program).pipe(Effect.provideService(Tracer.Tracer, tracer)),
  );
  assert.ok(Exit.isFailure(endOf(named(spans, "subinterpreters.run")).exit));
});

test("Tracing.layer sends spans that end after their run", async () => {
  const { tracer, spans } = keeping();
  const program = Effect.gen(function* () {
    const interpreter = yield* Interpreter.make();
    yield* Interpreter.run(
      interpreter,
      `${INSIDE}
      void traced(Effect.sleep(30).pipe(Effect.withSpan("late")));`,
    );
    yield* Effect.promise(() =>
      until(() => spans.some(({ name, status }) => name === "late" && status._tag === "Ended"))
    );
  });
  await Effect.runPromise(
    Effect.scoped(program).pipe(Effect.provideService(Tracer.Tracer, tracer)),
  );
});

test("Interpreter.run() without a tracer carries no trace, and Tracing.layer changes nothing", async () => {
  const program = Effect.gen(function* () {
    const interpreter = yield* Interpreter.make();
    return yield* Interpreter.evaluate(
      interpreter,
      `${INSIDE}
      await traced(Effect.map(Effect.option(Effect.currentParentSpan), (span) => span._tag))`,
    );
  });
  assert.equal(await Effect.runPromise(Effect.scoped(program)), "None");
  const here = Effect.option(Effect.currentParentSpan).pipe(Effect.provide(Tracing.layer));
  assert.equal((await Effect.runPromise(here))._tag, "None");
});

test("Interpreter.run() takes no nonsense for spans from source that speaks for itself", async () => {
  const { exit, spans } = await traced(Effect.gen(function* () {
    const interpreter = yield* Interpreter.make();
    const id = "0123456789abcdef";
    yield* Interpreter.run(
      interpreter,
      `const { innerTrace } = globalThis[Symbol.for("subinterpreters@0.1.0")];
      const trace = innerTrace();
      const traceId = trace.traceparent.slice(3, 35);
      const start = { event: "start", id: "${id}", parentId: null, traceId, name: "own", kind: "odd" };
      trace.record("}{");
      trace.flush();
      for (const event of [
        null, [], { ...start, id: "short", time: "1" }, { ...start, time: "soon" },
        { ...start, time: "1", name: 5 }, { event: "end", id: "${id}", time: "2" },
        { ...start, time: "1", attributes: { a: { b: 1 }, long: "x".repeat(9_999) } },
        { ...start, time: "1", name: "again" },
      ]) trace.record(JSON.stringify(event));
      trace.flush();
      Object.prototype.toJSON = () => { throw new Error("no"); };`,
    );
  }));
  assert.ok(Exit.isSuccess(exit), String(exit));
  const own = spans.filter(({ name }) => !name.startsWith("subinterpreters."));
  assert.deepEqual(own.map(({ name, kind }) => [name, kind]), [["own", "internal"]]);
  assert.equal(String(own[0]?.attributes.get("long")).length, 2_000);
});

/** Source that speaks for itself: `start` and `end` tell of spans, `mine` is the id of its run's. */
const FORGING = `const { innerTrace } = globalThis[Symbol.for("subinterpreters@0.1.0")];
  const trace = innerTrace();
  const [, traceId, mine] = trace.traceparent.split("-");
  const time = String(BigInt(Date.now()) * 1_000_000n);
  const start = (id, more) => trace.record(JSON.stringify(
    { event: "start", id, traceId, parentId: mine, name: "own", time, ...more },
  ));
  const end = (id, more) => trace.record(JSON.stringify({ event: "end", id, time, ...more }));
`;

/** The spans that source of that kind gets shown. */
async function forged(source: string): Promise<{
  readonly run: Tracer.NativeSpan;
  readonly own: readonly Tracer.NativeSpan[];
}> {
  const { exit, spans } = await traced(Effect.gen(function* () {
    const interpreter = yield* Interpreter.make();
    yield* Interpreter.run(interpreter, FORGING + source);
  }));
  assert.ok(Exit.isSuccess(exit), String(exit));
  return {
    run: named(spans, "subinterpreters.run"),
    own: spans.filter(({ name }) => !name.startsWith("subinterpreters.")),
  };
}

test("Interpreter.run() takes no span from source without an id", async () => {
  const { own } = await forged(`
    start("${"0".repeat(16)}");
    start("1".repeat(16), { parentId: null, traceId: "0".repeat(32) });
    start("2".repeat(16));`);
  assert.deepEqual(own.map(({ spanId }) => spanId), ["2".repeat(16)]);
});

test("Interpreter.run() keeps spans of source in the trace of their parent, and their end behind their start", async () => {
  const { run, own } = await forged(`
    start("a".repeat(16), { traceId: "c".repeat(32) });
    end("a".repeat(16), { time: "1" });`);
  const [span] = own;
  assert.ok(span !== undefined);
  assert.equal(span.traceId, run.traceId);
  const { startTime, endTime } = endOf(span);
  assert.ok(startTime <= endTime, `${startTime} to ${endTime}`);
});

test("Interpreter.run() takes 16 million characters of spans at most, and ends those that are open", async () => {
  const { run, own } = await forged(`
    const attributes = {};
    for (let i = 0; i < 20; i++) attributes[i] = "x".repeat(2_000);
    const ids = Array.from({ length: 1_000 }, (_, i) => String(1e15 + i));
    for (const id of ids) start(id, { attributes });
    for (const id of ids) end(id, { attributes: { late: "y".repeat(2_000) } });`);
  const dropped = run.attributes.get("subinterpreters.spans.dropped");
  assert.equal(dropped, 1_000 - own.length);
  assert.ok(own.length > 300 && own.length < 500, `${own.length} spans`);
  for (const span of own) {
    assert.ok(Exit.isSuccess(endOf(span).exit));
    assert.equal(span.attributes.get("late"), undefined);
  }
});
