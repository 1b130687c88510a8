// Functions of the creator, called from inside: `create({ functions })`, and the limit
// on the length of messages.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createChannel,
  createSync,
  host,
  type HostFunctionThis,
  InterpreterTerminatedError,
  type RecvChannel,
} from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";

const IMPORT = 'import { host } from "subinterpreters";';
/** What a call was rejected with, as plain data. */
const REJECTION = (call: string) =>
  `${IMPORT} let caught; try { await ${call}; } catch (e) { caught = e; }
   ({ name: caught.name, message: caught.message, cause: caught.cause?.message, stack: caught.stack })`;

interface Rejection {
  readonly name: string;
  readonly message: string;
  readonly cause?: string;
  readonly stack: string;
}

/** As `Promise.withResolvers`, which Node 20 does not have. */
function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

test("host has the functions that create() was given, and nothing else", async (t) => {
  const interpreter = await scoped(t, { functions: { f: () => 1, constructor: () => 2 } });
  assert.deepEqual(
    await interpreter.evaluate(`${IMPORT}
      [Object.keys(host), Object.isFrozen(host), Object.getPrototypeOf(host), await host.f(),
       await host.constructor()]`),
    [["f", "constructor"], true, null, 1, 2],
  );
  assert.deepEqual(Object.keys(host), []);
});

test("create() refuses a function called then", async () => {
  await assert.rejects(create({ functions: { then: () => 1 } }), /functions\.then/);
});

test("create() names a function that is none", async () => {
  await assert.rejects(
    create({ functions: { f: 1 } as never }),
    (error) => error instanceof TypeError && error.message.includes("functions.f"),
  );
});

test("a call gives copies of arguments and result, with or without a promise", async (t) => {
  const interpreter = await scoped(t, {
    functions: {
      add: (a: number, b: number) => a + b,
      later: async (value: unknown) => await Promise.resolve({ value }),
    },
  });
  assert.equal(await interpreter.evaluate(`${IMPORT} await host.add(20, 22)`), 42);
  const map = await interpreter.evaluate(`await host.later(new Map([[1, { a: 2n }]]))`);
  assert.deepEqual(map, { value: new Map([[1, { a: 2n }]]) });
});

test("concurrent calls do not wait for each other", async (t) => {
  const interpreter = await scoped(t, {
    functions: { hang: () => new Promise(() => {}), quick: (n: number) => n },
  });
  const values = await interpreter.evaluate(
    `${IMPORT} void host.hang(); await Promise.all([1, 2, 3].map((n) => host.quick(n)))`,
  );
  assert.deepEqual(values, [1, 2, 3]);
});

test("what a function throws arrives as an error of its class, without the host's stack", async (t) => {
  const interpreter = await scoped(t, {
    functions: {
      fail() {
        throw new RangeError("too far", { cause: new Error("why") });
      },
      odd() {
        // oxlint-disable-next-line typescript/only-throw-error -- what is no error crosses too
        throw "text";
      },
    },
  });
  const error = await interpreter.evaluate<Rejection>(REJECTION("host.fail()"));
  assert.deepEqual([error.name, error.message, error.cause], ["RangeError", "too far", "why"]);
  assert.doesNotMatch(error.stack, /functions\.test/);
  assert.equal(await interpreter.evaluate("caught instanceof RangeError"), true);
  assert.equal((await interpreter.evaluate<Rejection>(REJECTION("host.odd()"))).message, "text");
});

test("an argument or a result that cannot cross rejects the call with its path", async (t) => {
  let calls = 0;
  const interpreter = await scoped(t, {
    functions: {
      take: () => calls++,
      give: () => ({ list: [() => {}] }),
    },
  });
  const wrong = await interpreter.evaluate<Rejection>(REJECTION("host.take({ a: [() => {}] })"));
  assert.equal(wrong.name, "NotShareableError");
  assert.match(wrong.message, /host\.take.*\$\[0\]\.a\[0\]/);
  assert.equal(calls, 0);
  const given = await interpreter.evaluate<Rejection>(REJECTION("host.give()"));
  assert.equal(given.name, "NotShareableError");
  assert.match(given.message, /host\.give.*\$\.list\[0\]/);
});

for (
  const [how, source, options] of [
    ["is done", `${IMPORT} void host.wait();`, {}],
    ["fails", `${IMPORT} void host.wait(); throw new Error("x");`, {}],
    ["times out", `${IMPORT} await host.wait();`, { timeout: 200 }],
    ["exits", `${IMPORT} void host.wait(); process.exit(1);`, {}],
  ] as const
) {
  test(
    `this.signal of a host function fires when the run ${how}`,
    { timeout: 20_000 },
    async () => {
      const fired = deferred<unknown>();
      const interpreter = await create({
        functions: {
          wait(this: HostFunctionThis) {
            this.signal.addEventListener("abort", () => fired.resolve(this.signal.reason));
            return new Promise(() => {});
          },
        },
      });
      await interpreter.run(source, options).catch(() => {});
      assert.equal((await fired.promise as Error).name, "AbortError");
      await interpreter[Symbol.asyncDispose]();
    },
  );
}

test("a run that waits for a function that hangs ends when it is terminated", async () => {
  const called = deferred<void>();
  const interpreter = await create({
    functions: {
      hang: () => {
        called.resolve();
        return new Promise(() => {});
      },
    },
  });
  const running = interpreter.run(`${IMPORT} await host.hang();`);
  await called.promise;
  await Promise.all([
    assert.rejects(running, InterpreterTerminatedError),
    interpreter.terminate(),
  ]);
});

test("runSync() serves functions, and tells source when one returned a promise", () => {
  const interpreter = createSync({
    functions: { now: () => 7, later: async () => await Promise.resolve(8) },
  });
  assert.equal(interpreter.evaluateSync(`${IMPORT} await host.now()`), 7);
  const error = interpreter.evaluateSync<Rejection>(REJECTION("host.later()"));
  assert.equal(error.name, "InterpreterError");
  assert.match(error.message, /returned a promise/);
  interpreter.closeSync();
});

test("channel ends cross in arguments and results", async (t) => {
  const [recv, send] = createChannel();
  const interpreter = await scoped(t, {
    functions: {
      open: () => send,
      close: (end: RecvChannel) => end.recvNowait(),
    },
  });
  await interpreter.run(`${IMPORT} (await host.open()).sendNowait("from inside");`);
  assert.equal(recv.recvNowait(), "from inside");
  const item = await interpreter.evaluate(`
    import { createChannel } from "subinterpreters";
    const [recv, send] = createChannel();
    send.sendNowait("handed");
    await host.close(recv)`);
  assert.equal(item, "handed");
});

test("an interpreter owns the functions that it gives to those it creates", async (t) => {
  const creator = await scoped(t);
  const got = await creator.evaluate(`
    import { create } from "subinterpreters";
    const child = await create({ functions: { double: (n) => n * 2, fail() { throw new TypeError("no"); } } });
    const double = await child.evaluate('import { host } from "subinterpreters"; await host.double(21)');
    const failed = await child.evaluate('let e; try { await host.fail() } catch (error) { e = error.name } e');
    await child.close();
    [double, failed]`);
  assert.deepEqual(got, [42, "TypeError"]);
});

test("limits.messageBytes refuses a longer item, value and call, and the rest goes on", async (t) => {
  const [recv, send] = createChannel();
  const interpreter = await scoped(t, {
    limits: { messageBytes: 100 },
    functions: { take: (text: string) => text.length },
  });
  const refused = await interpreter.evaluate<string>(
    `let caught; try { out.sendNowait("x".repeat(200)); } catch (e) { caught = e; } caught.name + caught.message`,
    { channels: { out: send } },
  );
  assert.match(refused, /^RangeErrorCannot send on channel \d+: .* the limit is 100$/);
  assert.equal(recv.recvNowait("nothing"), "nothing");
  await assert.rejects(interpreter.evaluate('"x".repeat(200)'), RangeError);
  const call = await interpreter.evaluate<Rejection>(
    `${IMPORT} let error; try { await host.take("x".repeat(200)); } catch (e) { error = e; } ({ name: error.name })`,
  );
  assert.equal(call.name, "RangeError");
  assert.equal(await interpreter.evaluate('await host.take("short")'), 5);
});
