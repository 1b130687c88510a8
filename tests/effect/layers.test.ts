// Layers that say how a program's interpreters come to be.

import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import assert from "node:assert/strict";
import { test } from "node:test";
import { listAll } from "subinterpreters";
import { Interpreter } from "subinterpreters/effect";

const name = Effect.scoped(Effect.map(Interpreter.make(), (one) => one.name));

test("layerOptions() gives options to each make(), whose own count more", async () => {
  const options = { name: "worker", env: { A: "1" } };
  const program = Effect.gen(function* () {
    const first = yield* Interpreter.make();
    const second = yield* Interpreter.make({ name: "own" });
    return [
      first.name,
      second.name,
      yield* Interpreter.evaluate(second, "process.env.A"),
    ];
  });
  const provided = Effect.provide(Effect.scoped(program), Interpreter.layerOptions(options));
  assert.deepEqual(await Effect.runPromise(provided), ["worker", "own", "1"]);
});

test("layerOptions() inside another takes its options, and has its own", async () => {
  const inner = Effect.provide(
    Effect.scoped(
      Effect.flatMap(
        Interpreter.make(),
        (one) =>
          Effect.map(Interpreter.evaluate(one, "process.env.A"), (value) => [one.name, value]),
      ),
    ),
    Interpreter.layerOptions({ name: "inner" }),
  );
  const outer = Effect.provide(inner, Interpreter.layerOptions({ name: "outer", env: { A: "1" } }));
  assert.deepEqual(await Effect.runPromise(outer), ["inner", "1"]);
});

test("layerOptions() and layerTest go together, in either order", async () => {
  const options = Interpreter.layerOptions({ name: "fake" });
  for (
    const layer of [
      Layer.merge(options, Interpreter.layerTest),
      Layer.merge(Interpreter.layerTest, options),
    ]
  ) {
    assert.equal(await Effect.runPromise(Effect.provide(name, layer)), "fake");
  }
});

test("layer() gives an interpreter of layerTest where that is provided", async () => {
  const program = Effect.gen(function* () {
    const { interpreter } = yield* Interpreter.CurrentInterpreter;
    assert.equal(listAll().length, 1);
    return yield* Interpreter.evaluate(interpreter, "1 + 1");
  });
  const layer = Layer.provide(Interpreter.layer(), Interpreter.layerTest);
  assert.equal(await Effect.runPromise(Effect.provide(program, layer)), 2);
});

test("layerSpares() keeps threads in reserve that make() takes", async () => {
  const program = Effect.gen(function* () {
    const first = yield* Interpreter.make();
    const second = yield* Interpreter.make();
    return [first, second].map(({ id }) => id > 0);
  });
  const spares = Layer.merge(Interpreter.layerSpares(1), Interpreter.layerSpares(2));
  const provided = Effect.provide(Effect.scoped(program), spares);
  assert.deepEqual(await Effect.runPromise(provided), [true, true]);
  assert.equal(listAll().length, 1);
});

test("layerSpares() of a wrong number is a defect, and of layerTest nothing", async () => {
  const wrong = Effect.provide(Effect.void, Interpreter.layerSpares(-1));
  assert.match(String(await Effect.runPromiseExit(wrong)), /Die.*RangeError/s);
  const layer = Layer.provideMerge(Interpreter.layerSpares(-1), Interpreter.layerTest);
  assert.match(await Effect.runPromise(Effect.provide(name, layer)), /^interpreter \d+$/);
});
