// When calls of host functions begin and end: signals, blocking, floods, deaths.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createChannel,
  createSync,
  type HostFunctionThis,
  RunFailedError,
} from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";
import { until } from "../helpers/until.ts";

const IMPORT = `import { host } from "subinterpreters";\n`;

/** A promise, and what resolves it. */
function gate<T = void>(): { opened: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => {};
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

test("calls of host.f() do not wait for each other", async (t) => {
  const first = gate<string>();
  const functions = {
    slow: () => first.opened,
    quick(value: string) {
      first.open("slow");
      return value;
    },
    hang: () => new Promise(() => {}),
  };
  const interpreter = await scoped(t, { functions });
  assert.deepEqual(
    await interpreter.evaluate(`${IMPORT}
      void host.hang();
      const slow = host.slow();
      [await host.quick("quick"), await slow]`),
    ["quick", "slow"],
  );
});

test("this.signal fires when the run that called is done or failed, not before", async (t) => {
  const signals: AbortSignal[] = [];
  const functions = {
    note(this: HostFunctionThis) {
      signals.push(this.signal);
      return this.signal.aborted;
    },
  };
  const interpreter = await scoped(t, { functions });
  assert.deepEqual(
    await interpreter.evaluate(`${IMPORT} [await host.note(), await host.note()]`),
    [false, false],
  );
  await assert.rejects(interpreter.run(`${IMPORT} await host.note(); throw 1`), RunFailedError);
  const running = interpreter.run(`${IMPORT} await host.note(); await new Promise(() => {})`);
  running.catch(() => {});
  await until(() => signals.length === 4);
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true, true, true, false]);
  const [first, second] = signals;
  assert.equal((first?.reason as Error | undefined)?.name, "AbortError");
  assert.equal(first, second);
  const fired = new Promise((resolve) => signals[3]?.addEventListener("abort", resolve));
  await Promise.all([interpreter.terminate(), fired]);
});

for (
  const [how, end] of [
    ["times out", (source) => ({ source, options: { timeout: 600 } })],
    ["is aborted", (source, called) => {
      const controller = new AbortController();
      void called.then(() => controller.abort());
      return { source, options: { signal: controller.signal } };
    }],
    ["exits", (source) => ({ source: `${source}; await called; process.exit(1)`, options: {} })],
  ] as [string, (source: string, called: Promise<void>) => { source: string; options: object }][]
) {
  test(`this.signal fires when the run that called ${how}`, async (t) => {
    const aborted = gate();
    const called = gate();
    const functions = {
      hang(this: HostFunctionThis) {
        this.signal.addEventListener("abort", () => aborted.open());
        called.open();
        return new Promise(() => {});
      },
      called: () => called.opened,
    };
    const interpreter = await scoped(t, { functions });
    // Loading it is not what shall take the time that the call has.
    await interpreter.run(IMPORT);
    const wait = how === "exits" ? "" : "await";
    const { source, options } = end(
      `${IMPORT} const called = host.called(); ${wait} host.hang()`,
      called.opened,
    );
    await assert.rejects(interpreter.run(source, options));
    await aborted.opened;
  });
}

test("this.signal of a call between runs fires when the interpreter ends", async (t) => {
  const signals: AbortSignal[] = [];
  const go = createChannel();
  const functions = {
    hang(this: HostFunctionThis) {
      signals.push(this.signal);
      return new Promise(() => {});
    },
  };
  const interpreter = await scoped(t, { functions });
  await interpreter.run(`${IMPORT} void channels[0].recv().then(() => host.hang())`, {
    channels: go,
  });
  await go[1].send(1);
  await until(() => signals.length === 1);
  await interpreter.run("1");
  assert.equal(signals[0]?.aborted, false);
  await interpreter.close();
  assert.equal(signals[0]?.aborted, true);
});

test("a call that is answered after its interpreter ended goes nowhere", async () => {
  const called = gate();
  const answer = gate<string>();
  const interpreter = await create({
    functions: {
      wait() {
        called.open();
        return answer.opened;
      },
    },
  });
  const running = interpreter.run(`${IMPORT} await host.wait()`);
  running.catch(() => {});
  await called.opened;
  await interpreter.terminate();
  await assert.rejects(running);
  answer.open("late");
  const other = await create();
  assert.equal(await other.evaluate("1"), 1);
  await other.close();
});

test("more than 10000 unanswered calls are rejected, and the interpreter stays usable", {
  timeout: 60_000,
}, async (t) => {
  const all = gate();
  const interpreter = await scoped(t, { functions: { wait: () => all.opened, open: all.open } });
  const messages = await interpreter.evaluate<string[]>(`${IMPORT}
    const calls = Array.from({ length: 10_005 }, () => host.wait().then(() => "", String));
    const refused = await Promise.all(calls.slice(10_000));
    refused`);
  assert.equal(messages.length, 5);
  for (const message of messages) assert.match(message, /InterpreterError.* 10000 calls/);
  all.open();
  assert.equal(
    await interpreter.evaluate(`(await Promise.all(calls)).filter((text) => text === "").length`),
    10_000,
  );
  assert.equal(await interpreter.evaluate(`await host.open()`), undefined);
});

test("runSync() serves functions that return no promise", () => {
  const interpreter = createSync({ functions: { add: (a: number, b: number) => a + b } });
  assert.equal(interpreter.evaluateSync(`${IMPORT} await host.add(1, 2)`), 3);
  interpreter.closeSync();
});

test("runSync() of source that awaits a function that returns a promise fails clearly", () => {
  const functions = { later: () => Promise.resolve(1), fails: () => Promise.reject(new Error()) };
  const interpreter = createSync({ functions });
  for (const name of Object.keys(functions)) {
    assert.throws(
      () => interpreter.runSync(`${IMPORT} await host.${name}()`),
      (error) =>
        error instanceof RunFailedError && error.excinfo.name === "InterpreterError" &&
        error.excinfo.message.startsWith(`Cannot await host.${name}: it returned a promise`),
    );
  }
  interpreter.closeSync();
});

test("runSync() of source that runs another interpreter fails its promises, too", async (t) => {
  const other = await scoped(t, { functions: { later: () => Promise.resolve(1) } });
  const interpreter = await scoped(t);
  const message = interpreter.evaluateSync<string>(`
    import { Interpreter } from "subinterpreters";
    await new Interpreter(${other.id}).run(
      'import { host } from "subinterpreters"; await host.later()').catch(String)`);
  assert.match(message, /Cannot await host\.later/);
});

test("runSync() leaves promises of functions that others call alone", async (t) => {
  const called = createChannel();
  const functions = { later: (n: number) => Promise.resolve(n) };
  const caller = await scoped(t, { functions });
  const running = caller.evaluate(
    `${IMPORT} const answer = host.later(42); out.sendNowait(1); await answer`,
    { channels: { out: called[1] } },
  );
  const blocked = await scoped(t);
  blocked.runSync("channels[0].recvSync()", { channels: called });
  assert.equal(await running, 42);
});

test("a function may run source itself while the program blocks", async (t) => {
  const other = await scoped(t);
  const functions = { compute: (source: string) => other.evaluateSync(source) };
  const interpreter = await scoped(t, { functions });
  assert.equal(interpreter.evaluateSync(`${IMPORT} await host.compute("6 * 7")`), 42);
});

test("an unanswered call between runs does not keep the process alive", async () => {
  const { code, timedOut, stderr } = await spawnScript(`
    import { create } from "subinterpreters";
    const interpreter = await create({ functions: { hang: () => new Promise(() => {}) } });
    await interpreter.run('import { host } from "subinterpreters"; void host.hang();');`);
  assert.deepEqual({ code, timedOut, stderr }, { code: 0, timedOut: false, stderr: "" });
});
