// Metrics of interpreters, runs and channels, as an exporter reads them.

import * as Effect from "effect/Effect";
import * as Metric from "effect/Metric";
import type * as Scope from "effect/Scope";
import assert from "node:assert/strict";
import { channel } from "node:diagnostics_channel";
import { test } from "node:test";
import { create, createChannel, createQueue } from "subinterpreters";
import { Interpreter, Metrics } from "subinterpreters/effect";
import { until } from "../helpers/until.ts";

/** What a series has: a count, or the number of values of a histogram. */
type Read = (id: string, attributes?: Readonly<Record<string, string>>) => number | undefined;

/** Runs a program with metrics of its own, which it can read. */
async function measured<A, E>(program: (read: Read) => Effect.Effect<A, E, Scope.Scope>) {
  const registry: Metric.MetricRegistry = new Map();
  const read: Read = (id, attributes = {}) => {
    const all = Effect.runSync(
      Effect.provideService(Metric.snapshot, Metric.MetricRegistry, registry),
    );
    const found = all.find((one) =>
      one.id === id &&
      Object.entries(attributes).every(([name, value]) => one.attributes?.[name] === value)
    );
    if (found === undefined) return undefined;
    return found.type === "Gauge" ? Number(found.state.value) : countOf(found);
  };
  return await Effect.runPromise(
    Effect.scoped(program(read)).pipe(
      Effect.provide(Metrics.layer({ interval: "2 millis" })),
      Effect.provideService(Metric.MetricRegistry, registry),
    ),
  );
}

function countOf(snapshot: Metric.Metric.Snapshot): number {
  if (snapshot.type === "Counter" || snapshot.type === "Histogram") {
    return Number(snapshot.state.count);
  }
  return assert.fail(`${snapshot.id} is a ${snapshot.type}`);
}

/** Waits until all series have these values. */
const reached = (read: Read, expected: readonly [string, Record<string, string>, number][]) =>
  Effect.promise(() => {
    const wrong = () =>
      expected.filter(([id, attributes, value]) => read(id, attributes) !== value)
        .map(([id, attributes]) => `${id} ${JSON.stringify(attributes)} ${read(id, attributes)}`);
    return until(() => wrong().length === 0).catch(() => assert.fail(wrong().join("; ")));
  });

test("Metrics.layer() counts interpreters by state, and why they ended", async () => {
  const before = await create();
  await measured((read) =>
    Effect.gen(function* () {
      yield* reached(read, [["subinterpreters.interpreters", { state: "running" }, 0]]);
      const idle = read("subinterpreters.interpreters", { state: "idle" }) ?? NaN;
      assert.ok(idle >= 1, "those that were there before count");
      const one = yield* Interpreter.make();
      const two = yield* Interpreter.make();
      const [recv, send] = createChannel();
      const going = two.run("await recv.recv()", { channels: { recv } });
      yield* reached(read, [
        ["subinterpreters.interpreters.created", {}, 2],
        ["subinterpreters.create.duration", {}, 2],
        ["subinterpreters.interpreters", { state: "idle" }, idle + 1],
        ["subinterpreters.interpreters", { state: "running" }, 1],
      ]);
      send.sendNowait(1);
      yield* Effect.promise(() => going);
      yield* Effect.promise(() => one.terminate("no more of that"));
      yield* Effect.promise(() => two.close());
      yield* reached(read, [
        ["subinterpreters.interpreters", { state: "idle" }, idle],
        ["subinterpreters.interpreters", { state: "running" }, 0],
        ["subinterpreters.interpreters.ended", { reason: "terminated" }, 1],
        ["subinterpreters.interpreters.ended", { reason: "closed" }, 1],
      ]);
    })
  );
  await before.close();
});

test("Metrics.layer() counts runs by kind and outcome, and how long they took", async () => {
  await measured((read) =>
    Effect.gen(function* () {
      const interpreter = yield* Interpreter.make();
      yield* Interpreter.run(interpreter, "1");
      yield* Interpreter.call(interpreter, () => 2);
      yield* Effect.flip(Interpreter.evaluate(interpreter, "throw new Error('counted')"));
      yield* reached(read, [
        ["subinterpreters.runs", { kind: "run", outcome: "done" }, 1],
        ["subinterpreters.runs", { kind: "call", outcome: "done" }, 1],
        ["subinterpreters.runs", { kind: "evaluate", outcome: "failed" }, 1],
        ["subinterpreters.run.duration", { kind: "run", unit: "ms" }, 1],
      ]);
    })
  );
});

test("Metrics.layer() looks at channels and queues: how many, how deep, items received", async () => {
  const [old, sendOld] = createChannel();
  sendOld.sendNowait(0);
  await old.recv();
  await measured((read) =>
    Effect.gen(function* () {
      yield* reached(read, [["subinterpreters.channel.items", { kind: "channel" }, 0]]);
      const open = read("subinterpreters.channels", { kind: "channel" }) ?? NaN;
      const full = read("subinterpreters.channel.waiting", { kind: "channel" }) ?? NaN;
      const [recv, send] = createChannel();
      for (let n = 0; n < 5; n++) send.sendNowait(n);
      yield* Effect.promise(() => recv.recv());
      const queue = createQueue();
      queue.putNowait(1);
      yield* reached(read, [
        ["subinterpreters.channels", { kind: "channel" }, open + 1],
        ["subinterpreters.channel.waiting", { kind: "channel" }, full + 4],
        ["subinterpreters.channel.items", { kind: "channel" }, 1],
      ]);
      assert.ok(Number(read("subinterpreters.channel.depth", { kind: "queue" })) > 0);
      recv.close({ force: true });
      queue.shutdown({ immediate: true });
      yield* reached(read, [["subinterpreters.channels", { kind: "channel" }, open]]);
    })
  );
  old.close();
});

test("Metrics.layer() leaves the topics when its scope closes", async () => {
  const topic = channel("subinterpreters:run");
  const wasHeard = topic.hasSubscribers;
  await measured(() => Effect.sync(() => assert.equal(topic.hasSubscribers, true)));
  assert.equal(topic.hasSubscribers, wasHeard);
});

test("Metrics.layer() leaves no number of what is there when its scope closes", async () => {
  await using interpreter = await create();
  const [recv, send] = createChannel<number>();
  send.sendNowait(interpreter.id);
  const gauges = [
    ["subinterpreters.interpreters", { state: "idle" }],
    ["subinterpreters.channels", { kind: "channel" }],
    ["subinterpreters.channel.waiting", { kind: "channel" }],
  ] as const;
  const read = await measured((given) =>
    Effect.gen(function* () {
      for (const [id, attributes] of gauges) {
        yield* Effect.promise(() => until(() => (given(id, attributes) ?? 0) > 0));
      }
      return given;
    })
  );
  for (const [id, attributes] of gauges) assert.equal(read(id, attributes), 0, id);
  recv.close({ force: true });
});
