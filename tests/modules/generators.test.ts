// Generators of an imported module: the order of their values, how far they run ahead, and how
// they end.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createChannel,
  InterpreterTerminatedError,
  NotShareableError,
  RunFailedError,
} from "subinterpreters";
import { collect } from "../helpers/collect.ts";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { until } from "../helpers/until.ts";

type Work = typeof import("./fixtures/work.ts");

const timeout = 30_000;
const WORK = new URL("./fixtures/work.ts", import.meta.url);
const shared = sharing();
const work = async () => await (await shared()).import<Work>(WORK);
const KINDS = ["items", "slowItems"] as const;

/** More than one that is read may be ahead. */
const MANY = 3000;

for (const kind of KINDS) {
  test(`remote generators give every value in order, then what they return: ${kind}`, async () => {
    const remote = await work();
    const seen: number[] = [];
    for await (const { n } of remote[kind](MANY)) seen.push(n);
    assert.deepEqual(seen, Array.from({ length: MANY }, (_, n) => n));
    const iterator = remote[kind](1);
    assert.deepEqual(await iterator.next(), { done: false, value: { n: 0, text: "item 0" } });
    assert.deepEqual(await iterator.next(), { done: true, value: "end" });
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  });

  test(`remote generators begin with the first next(), and run ahead by a bound: ${kind}`, async (t) => {
    const interpreter = await scoped(t);
    const remote = await interpreter.import<Work>(WORK);
    const iterator = remote[kind](1_000_000);
    assert.equal((await remote.produced).values, 0);
    await iterator.next();
    assert.equal((await remote.produced).values, 1);
    for (let n = 0; n < 5000; n++) await iterator.next();
    const { values } = await remote.produced;
    assert.ok(values >= 5001 && values <= 5001 + 2048, `${values} values`);
    for (let turn = 0; turn < 3; turn++) await remote.turns("x");
    assert.ok((await remote.produced).values <= 5001 + 2048);
  });

  test(`return() of a remote generator runs its finally, as does leaving a loop: ${kind}`, async (t) => {
    const interpreter = await scoped(t);
    const remote = await interpreter.import<Work>(WORK);
    for await (const { n } of remote[kind](1_000_000)) if (n === 700) break;
    assert.equal((await remote.produced).left, 1);
    const iterator = remote[kind](10);
    await iterator.next();
    assert.deepEqual(await iterator.return("bye"), { done: true, value: "bye" });
    assert.equal((await remote.produced).left, 2);
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    const unstarted = remote[kind](10);
    assert.deepEqual(await unstarted.return("bye"), { done: true, value: "bye" });
    assert.equal((await remote.produced).left, 2);
  });

  test(`next() of a remote generator may be called again before it is answered: ${kind}`, async () => {
    const remote = await work();
    const iterator = remote[kind](3);
    const results = await Promise.all(Array.from({ length: 5 }, () => iterator.next()));
    assert.deepEqual(results.map(({ done }) => done), [false, false, false, true, true]);
    assert.deepEqual(results[3]?.value, "end");
    const left = remote[kind](1000);
    const [first, bye] = await Promise.all([left.next(), left.return("bye")]);
    assert.deepEqual(first, { done: false, value: { n: 0, text: "item 0" } });
    assert.deepEqual(bye, { done: true, value: "bye" });
  });
}

test("a remote generator that throws rejects after the values before it", async () => {
  const remote = await work();
  const seen: number[] = [];
  const iterate = async () => {
    for await (const n of remote.failing(600)) seen.push(n);
  };
  await assert.rejects(
    iterate(),
    (error) =>
      error instanceof RunFailedError && error.excinfo.name === "RangeError" &&
      /generators\.test/.test(error.stack ?? ""),
  );
  assert.equal(seen.length, 600);
});

test("a remote generator whose value cannot cross ends after the values before it", async () => {
  const remote = await work();
  const seen: unknown[] = [];
  const iterate = async () => {
    for await (const value of remote.mixed()) seen.push(value);
  };
  await assert.rejects(iterate(), NotShareableError);
  assert.deepEqual(seen, [1, 2]);
});

test("throw() of a remote generator is caught inside, which may go on", async () => {
  const remote = await work();
  const iterator = remote.stubborn();
  await iterator.next();
  const caught = await iterator.throw(new Error("stop"));
  assert.deepEqual(caught, { done: false, value: "caught Error: stop" });
  assert.deepEqual(await iterator.next(), { done: true, value: "gave up" });
  const uncaught = remote.items(10);
  await uncaught.next();
  await assert.rejects(uncaught.throw(new Error("stop")), /stop/);
  const unstarted = remote.items(10);
  await assert.rejects(unstarted.throw(new Error("stop")), /stop/);
});

test("a remote generator refuses arguments that cannot cross with its first next()", async () => {
  const remote = await work();
  const iterator = Reflect.apply(remote.items, undefined, [() => 1]);
  await assert.rejects(iterator.next(), NotShareableError);
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
});

test(
  "withOptions() lets a signal or a timeout end the reading of a generator",
  { timeout },
  async (t) => {
    const interpreter = await scoped(t);
    const remote = await interpreter.import<Work>(WORK);
    const controller = new AbortController();
    const reason = new Error("enough");
    const iterator = remote.slowItems.withOptions({ signal: controller.signal })(1_000_000);
    await iterator.next();
    controller.abort(reason);
    const read = async () => {
      for (;;) if ((await iterator.next()).done === true) return;
    };
    await assert.rejects(read(), (error) => error === reason);
    while ((await remote.produced).left < 1) await remote.turns("y");
    const slow = remote.slowItems.withOptions({ timeout: 1 })(1_000_000);
    const readSlowly = async () => {
      for await (const _ of slow) await new Promise((go) => setTimeout(go, 1));
    };
    await assert.rejects(
      readSlowly(),
      (error) => error instanceof InterpreterTerminatedError && error.isInterpreterAlive,
    );
  },
);

test("a remote generator rejects when its interpreter ends", { timeout }, async (t) => {
  const interpreter = await scoped(t);
  const remote = await interpreter.import<Work>(WORK);
  const iterator = remote.slowItems(10);
  await iterator.next();
  await interpreter.terminate("enough");
  const read = async () => {
    for (;;) if ((await iterator.next()).done === true) return;
  };
  await assert.rejects(read(), (error) => error instanceof InterpreterTerminatedError);
});

test(
  "a remote generator whose reader ends is left, and runs its finally",
  { timeout },
  async (t) => {
    const interpreter = await scoped(t);
    const reader = await scoped(t);
    const remote = await interpreter.import<Work>(WORK);
    const [recv, send] = createChannel();
    await reader.run(
      `
    import { Interpreter } from "subinterpreters";
    const remote = await new Interpreter(${interpreter.id}).import(${JSON.stringify(WORK.href)});
    await remote.items(1_000_000).next();
    send.sendNowait("read");`,
      { channels: { send } },
    );
    await recv.recv();
    assert.equal((await remote.produced).left, 0);
    await reader.terminate();
    while ((await remote.produced).left === 0) await remote.turns("z");
  },
);

test("remote generators go on if what is thrown into them cannot cross", { timeout }, async () => {
  const remote = await work();
  const iterator = remote.items(3);
  assert.equal((await iterator.next()).done, false);
  const error = Object.assign(new Error("no"), { retry: () => {} });
  await assert.rejects(iterator.throw(error), NotShareableError);
  const seen: unknown[] = [];
  for await (const { n } of iterator) seen.push(n);
  assert.deepEqual(seen, [1, 2]);
});

for (const kind of KINDS) {
  test(
    `a remote generator that is dropped after next() is left: ${kind}`,
    { timeout },
    async (t) => {
      const interpreter = await scoped(t);
      const remote = await interpreter.import<Work>(WORK);
      assert.equal((await remote.produced).left, 0);
      const begin = async () => void await remote[kind](1_000_000).next();
      for (let n = 0; n < 10; n++) await begin();
      await until(async () => {
        collect();
        // A stack may still show one of them to a collector that only looks.
        return (await remote.produced).left >= 8;
      }, { withinMs: 20_000, what: "what was dropped is left" });
    },
  );

  test(`a remote generator that somebody waits for is not left: ${kind}`, { timeout }, async () => {
    const remote = await work();
    for (let n = 0; n < 10; n++) {
      const next = remote[kind](5).next();
      collect();
      assert.deepEqual(await next, { done: false, value: { n: 0, text: "item 0" } });
    }
  });
}
