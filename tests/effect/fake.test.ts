// Interpreters of `layerTest` beside real ones: a program gives the same with both, whatever it
// does; and what only a thread can do is refused.

import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import type * as Scope from "effect/Scope";
import * as Stream from "effect/Stream";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, createQueue, listAll } from "subinterpreters";
import {
  Channel,
  type ImportError,
  Interpreter,
  Queue,
  type RunError,
} from "subinterpreters/effect";

type Work = typeof import("../modules/fixtures/work.ts");
type Handle = Interpreter.Interpreter;

/** What source declares, for functions that are called there. */
declare function inc(): number;

const WORK = new URL("../modules/fixtures/work.ts", import.meta.url);

/** Runs a program in interpreters of tests. */
const runFake = <A, E>(program: Effect.Effect<A, E, Scope.Scope>): Promise<A> =>
  Effect.runPromise(Effect.provide(Effect.scoped(program), Interpreter.layerTest));

const runReal = <A, E>(program: Effect.Effect<A, E, Scope.Scope>): Promise<A> =>
  Effect.runPromise(Effect.scoped(program));

const evaluate = (interpreter: Handle, source: string) => Interpreter.evaluate(interpreter, source);

/** What a failure says, without the ids, which differ. */
const described = <A, R>(effect: Effect.Effect<A, RunError | ImportError, R>) =>
  Effect.map(Effect.flip(effect), (error) => ({
    tag: error._tag,
    name: error.name,
    message: error.message.replace(/(interpreter|Interpreter) \d+/g, "$1"),
    excinfo: "excinfo" in error
      ? {
        name: error.excinfo.name,
        message: error.excinfo.message,
        cause: error.excinfo.cause?.name,
      }
      : undefined,
    // The place of the error in the source.
    place: "excinfo" in error ? /\d+:\d+/.exec(error.excinfo.stack ?? "")?.[0] : undefined,
  }));

type Program = (interpreter: Handle) => Effect.Effect<unknown, unknown, Scope.Scope>;

/** Programs, each with a fresh interpreter; what they give is compared. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  "keeps what source declares from run to run": (one) =>
    Effect.gen(function* () {
      yield* Interpreter.run(
        one,
        "let n: number = 20; const m = 1; function f(x) { return x + n }",
      );
      yield* Interpreter.run(one, "class A { v = n } var w = new A().v; n++; const m = 2");
      return yield* evaluate(one, "[n, m, f(1), w, typeof A, this === globalThis]");
    }),
  "gives values of expressions and objects, awaited and copied": (one) =>
    Effect.all([
      evaluate(one, "6 * 7"),
      evaluate(one, "{ a: 1, b: [new Date(0), new Map([[1, { c: 2n }]])] }"),
      evaluate(one, "await new Promise((resolve) => setTimeout(resolve, 1, 'late'))"),
      evaluate(one, "Promise.resolve(new Uint8Array([1, 2]))"),
      evaluate(one, "if (true) 5; else 6"),
      evaluate(one, "let x"),
      evaluate(one, "enum Color { Red, Green }; Color.Green"),
    ]),
  "takes copies of values": (one) =>
    Effect.gen(function* () {
      const list = [1];
      yield* Interpreter.run(one, "list.push(2)", { values: { list } });
      yield* Interpreter.prepareMain(one, { rate: 2 });
      return [list, yield* evaluate(one, "[list, rate]")];
    }),
  "fails with what source throws": (one) =>
    Effect.all([
      described(Interpreter.run(one, "\n\n  null.name")),
      described(Interpreter.run(one, "throw new RangeError('x', { cause: new TypeError('y') })")),
      described(Interpreter.run(one, "function f() {\n  throw new Error('in f') }\n f()")),
      described(Interpreter.run(one, "await null;\nthrow new Error('later')")),
      described(evaluate(one, "throw 5")),
      described(evaluate(one, "const c = 1; c = 2")),
      described(evaluate(one, "undeclared")),
      evaluate(one, "'still there'"),
    ]),
  "fails with a syntax error, and goes on": (one) =>
    Effect.gen(function* () {
      const { tag, excinfo } = yield* described(Interpreter.run(one, "let = = 1"));
      return [tag, excinfo?.name, yield* evaluate(one, "1")];
    }),
  "fails with what cannot cross": (one) =>
    Effect.all([
      described(evaluate(one, "({ a: [() => 1] })")),
      described(Interpreter.run(one, "1", { values: { a: { b: () => 1 } } })),
      described(Interpreter.call(one, (x: unknown) => x, () => 1)),
    ]),
  "calls functions, in the namespace": (one) =>
    Effect.gen(function* () {
      yield* Interpreter.run(one, "let n = 1; function inc() { return ++n }");
      const fn = (x: number) => {
        Object.assign(globalThis, { seen: x });
        return inc() + x;
      };
      const results = [
        yield* Interpreter.call(one, fn, 10),
        yield* Interpreter.call(one, { fn: (list: number[]) => list.reverse(), args: [[1, 2]] }),
        yield* Interpreter.call(one, async (x: string) => await Promise.resolve(x + x), "a"),
        yield* evaluate(one, "[n, seen]"),
      ];
      const thrown = yield* described(Interpreter.call(one, () => {
        throw new TypeError("thrown");
      }));
      return [results, { ...thrown, place: undefined }];
    }),
  "runs one thing at a time": (one) =>
    Effect.gen(function* () {
      const slow = Interpreter.run(one, "await new Promise((resolve) => setTimeout(resolve, 30))");
      const running = yield* Effect.forkChild(slow, { startImmediately: true });
      const busy = yield* described(Interpreter.run(one, "1"));
      const unclosable = yield* described(Interpreter.close(one));
      const states = [one.isRunning()];
      yield* Fiber.join(running);
      return [busy, unclosable, states, one.isRunning()];
    }),
  "is not found when it is closed or terminated": (one) =>
    Effect.gen(function* () {
      yield* Interpreter.close(one);
      const ended = [yield* described(Interpreter.run(one, "1"))];
      ended.push(yield* described(Interpreter.close(one)));
      yield* Interpreter.terminate(one);
      return [ended, (yield* Effect.exit(Effect.try(() => one.isRunning())))._tag];
    }),
  "is terminated while it awaits": (one) =>
    Effect.gen(function* () {
      const never = described(Interpreter.run(one, "await new Promise(() => {})"));
      const running = yield* Effect.forkChild(never, { startImmediately: true });
      yield* Interpreter.terminate(one, "enough");
      const { tag } = yield* Fiber.join(running);
      return [tag, (yield* described(evaluate(one, "1"))).tag];
    }),
  "ends when a run takes longer than its timeout, or is interrupted": (one) =>
    Effect.gen(function* () {
      yield* Interpreter.run(one, "let kept = 1");
      const loop = { timeout: 30, onTimeout: "interrupt" } as const;
      const stopped = yield* Effect.flip(Interpreter.run(one, "for (;;);", loop));
      const kept = yield* evaluate(one, "kept");
      const late = yield* Effect.flip(
        Interpreter.run(one, "await new Promise(() => {})", { timeout: 10 }),
      );
      const ends = [stopped, late].map((error) =>
        error._tag === "InterpreterTerminatedError" && [error.reason, error.isInterpreterAlive]
      );
      return [ends, kept, (yield* described(evaluate(one, "1"))).tag];
    }),
  "ends with a fiber that loses a race": (one) =>
    Effect.gen(function* () {
      const [recv, send] = yield* Channel.make<string>();
      const channels = { send };
      const never = "send.sendNowait('begun'); await new Promise(() => {})";
      const begun = Channel.recv(recv);
      const kept = Interpreter.run(one, never, { channels, onAbort: "interrupt" });
      const seen: unknown[] = [yield* Effect.race(kept, begun)];
      seen.push(yield* evaluate(one, "1"));
      seen.push(yield* Effect.race(Interpreter.run(one, never, { channels }), begun));
      return [seen, (yield* described(evaluate(one, "1"))).tag];
    }),
  "ends with exit": (one) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Interpreter.run(one, "process.exit(3)"));
      return error._tag === "InterpreterTerminatedError" && [error.reason, error.exitCode];
    }),
  "has channels and queues": (one) =>
    Effect.gen(function* () {
      const [recv, send] = yield* Channel.make<number>();
      const queue = yield* Queue.make<number>();
      const source = "for await (const n of recv) await queue.put(n * n); queue.shutdown();";
      const running = Interpreter.run(one, source, { channels: { recv }, values: { queue } });
      const working = yield* Effect.forkChild(running);
      const sending = Stream.run(Stream.range(1, 5), Channel.sink(send));
      yield* Effect.forkChild(Effect.andThen(sending, Channel.close(send)));
      const squares = yield* Stream.runCollect(Queue.stream(queue));
      yield* Fiber.join(working);
      const closed = yield* described(Interpreter.run(one, "1", { channels: [recv, send] }));
      return [squares, closed.tag];
    }),
  "imports modules": (one) =>
    Effect.gen(function* () {
      const work = yield* Interpreter.importModule<Work>(one, WORK);
      const thrown = yield* described(work.fail("too far"));
      return [
        yield* work.add(1, 2),
        yield* work.later({ a: 1 }),
        yield* work.settings,
        (yield* Stream.runCollect(work.items(3))).map(({ n }) => n),
        (yield* Stream.runCollect(Stream.take(work.slowItems(Infinity), 2))).length,
        { ...thrown, place: undefined },
        (yield* described(work.handlers)).tag,
        yield* Interpreter.evaluate(
          one,
          `import { add } from ${JSON.stringify(WORK.href)}; add(2, 2)`,
        ),
        yield* Interpreter.evaluate(one, "import { basename } from 'node:path'; basename('/a/b')"),
        yield* Interpreter.evaluate(one, "(await import('node:path')).basename('/a/c')"),
      ];
    }),
  "gives a module up with the scope of that": (one) =>
    Effect.gen(function* () {
      const work = yield* Effect.scoped(Interpreter.importModule<Work>(one, WORK));
      return [
        yield* described(work.add(1, 2)),
        yield* described(work.settings),
        yield* described(Stream.runDrain(work.items(3))),
      ];
    }),
  "says the same of what is not there, too late or wrong": (one) =>
    Effect.gen(function* () {
      const missing = yield* described(Interpreter.importModule(one, "./missing.ts"));
      const inSource = yield* described(
        Interpreter.run(one, 'import one from "./missing.ts"; one'),
      );
      const wrong = Interpreter.importModule(one, 5 as unknown as string);
      const mute = Interpreter.terminate(one, 5 as unknown as string);
      const defects = [String(yield* Effect.exit(wrong)), String(yield* Effect.exit(mute))];
      const late = yield* described(
        Interpreter.run(one, "await new Promise(() => {})", { timeout: 10 }),
      );
      const other = yield* Interpreter.make();
      const never = described(Interpreter.run(other, "await new Promise(() => {})"));
      const running = yield* Effect.forkChild(never, { startImmediately: true });
      yield* Interpreter.terminate(other, "enough");
      const said = defects.map((text) => text.replace(/(interpreter|Interpreter) \d+/g, "$1"));
      const ends = [late, yield* Fiber.join(running)].map(({ message }) => message);
      return [missing.message, inSource.message, said, ends];
    }),
  "moves buffers": (one) =>
    Effect.gen(function* () {
      const [first, second] = [new ArrayBuffer(8), new ArrayBuffer(8)];
      const size = yield* Interpreter.call(one, {
        fn: (buffer: ArrayBuffer) => buffer.byteLength,
        args: [first],
        transfer: [first],
      });
      yield* Interpreter.run(one, "1", { values: { second }, transfer: [second] });
      return [size, first.byteLength, second.byteLength];
    }),
  "keeps globals of its own": (one) =>
    Effect.gen(function* () {
      yield* Interpreter.run(one, "globalThis.mine = 1; globalThis['an' + 'other'] = 2");
      const other = yield* Interpreter.make();
      const source = "[typeof mine, typeof another]";
      return [yield* evaluate(one, source), yield* evaluate(other, source), "mine" in globalThis];
    }),
};

for (const [name, program] of Object.entries(PROGRAMS)) {
  test(`an interpreter of layerTest does as a real one: it ${name}`, async () => {
    const threads = listAll().length;
    const both = Effect.flatMap(Interpreter.make(), program);
    const fake = await runFake(both);
    assert.equal(listAll().length, threads);
    assert.deepEqual(fake, await runReal(both));
  });
}

test("make({ functions }) of layerTest gives host functions copies and a signal", async () => {
  const seen: unknown[] = [];
  const functions = {
    async note(this: { readonly signal: AbortSignal }, value: unknown) {
      seen.push(value, this.signal.aborted);
      return await Promise.resolve({ value });
    },
    fail() {
      throw new RangeError("from the host");
    },
  };
  const program = Effect.gen(function* () {
    const one = yield* Interpreter.make({ functions });
    const source = `import { host, getCurrent } from "subinterpreters";
      const problem = await host.fail().catch((error) => error.name + error.message);
      [await host.note({ a: 1 }), problem, getCurrent().id > 0]`;
    return yield* Interpreter.evaluate(one, source);
  });
  const fake = await runFake(program);
  assert.deepEqual(fake, await runReal(program));
  assert.deepEqual(seen, [{ a: 1 }, false, { a: 1 }, false]);
});

test('make({ stdout: "capture" }) of layerTest captures what console writes', async () => {
  const texts: string[] = [];
  const program = Effect.gen(function* () {
    const captured = yield* Interpreter.make({
      stdout: "capture",
      stderr: (text) => void texts.push(text),
    });
    yield* Interpreter.run(captured, "console.log('a', { b: 1 }); console.error('oh')");
    yield* Interpreter.close(captured);
    return captured.stdout;
  });
  let text = "";
  for await (const piece of await runFake(program)) text += piece;
  assert.equal(text, "a { b: 1 }\n");
  assert.equal(texts.join(""), "oh\n");
});

test("create() inside an interpreter of layerTest makes another of its kind", async () => {
  const source = `import { create } from "subinterpreters";
    await using inner = await create({ name: "inner" });
    [inner.name, await inner.evaluate("1 + 1")]`;
  const threads = listAll().length;
  const given = await runFake(
    Effect.flatMap(
      Interpreter.make(),
      (one) => evaluate(one, source.replace("await using", "const")),
    ),
  );
  assert.deepEqual(given, ["inner", 2]);
  assert.equal(listAll().length, threads);
});

for (
  const [name, options] of Object.entries(
    {
      limits: { limits: { memoryMiB: 100 } },
      permissions: { permissions: "none" },
      stdin: { stdin: "text" },
    } as const,
  )
) {
  test(`make({ ${name} }) of layerTest is an UnsupportedError that says why`, async () => {
    const error = await runFake(Effect.flip(Interpreter.make(options)));
    assert.equal(error._tag, "UnsupportedError");
    assert.match(error.message, new RegExp(`layerTest has no thread of its own, which ${name}`));
  });
}

test("make() of layerTest takes wrong options for defects, as it does without", async () => {
  const program = Effect.sandbox(Interpreter.make({ name: 1 as unknown as string }));
  const causes = [await runFake(Effect.flip(program)), await runReal(Effect.flip(program))];
  for (const cause of causes) assert.match(String(cause), /Die.*name must be a string/s);
});

test("a pair of ends is `channels` in source of layerTest, and items are copies", async () => {
  const [recv, send] = createChannel();
  const queue = createQueue();
  const program = Effect.gen(function* () {
    const one = yield* Interpreter.make();
    yield* Interpreter.run(one, "const item = { a: 1 }; channels[1].sendNowait(item); item.a = 2", {
      channels: [recv, send],
    });
    return yield* Channel.recv(recv);
  });
  assert.deepEqual(await runFake(program), { a: 1 });
  queue.shutdown();
});

test("import.meta.resolve() in source of layerTest knows paths, and refuses packages", async () => {
  const program = Effect.gen(function* () {
    const one = yield* Interpreter.make({ baseUrl: "file:///base/" });
    const path = yield* evaluate(one, "import.meta.resolve('./a.js')");
    const refused = yield* Effect.flip(evaluate(one, "import.meta.resolve('a-package')"));
    return [path, refused._tag === "RunFailedError" && refused.excinfo.name];
  });
  assert.deepEqual(await runFake(program), ["file:///base/a.js", "UnsupportedError"]);
});
