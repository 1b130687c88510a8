// `values` of a run: variables of the source, which are copies of what the caller has.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, NotShareableError, type RunOptions } from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();

type Values = NonNullable<RunOptions["values"]>;

test("run() and evaluate() take values, each a variable of that name", async () => {
  const interpreter = await shared();
  const user = { name: "O'Brien\"; process.exit(1) //", tags: new Set([1]), at: new Date(0) };
  const source = "[user.name, user.tags.has(1), user.at.getTime(), count + 1n, text]";
  const values = { user, count: 2n ** 70n, text: "${1 + 1}\u2028`" };
  const seen = [user.name, true, 0, 2n ** 70n + 1n, values.text];
  assert.deepEqual(await interpreter.evaluate(source, { values }), seen);
  assert.deepEqual(interpreter.evaluateSync(source, { values }), seen);
  await interpreter.run("globalThis.kept = count", { values: { count: 1 } });
  interpreter.runSync("kept += count", { values: { count: 2 } });
  assert.equal(await interpreter.evaluate("kept"), 3);
});

test("values are copies, and stay in the namespace until they are assigned to", async () => {
  const interpreter = await shared();
  const list = [1];
  await interpreter.run("list.push(2)", { values: { list } });
  assert.deepEqual(list, [1]);
  assert.deepEqual(await interpreter.evaluate("list"), [1, 2]);
  await interpreter.run("const list = 'its own'");
  assert.equal(await interpreter.evaluate("list"), "its own");
  assert.equal(await interpreter.evaluate("list", { values: { list: "given" } }), "given");
});

test("values may share memory, and each other", async () => {
  const interpreter = await shared();
  const memory = new Int32Array(new SharedArrayBuffer(4));
  const one = { memory };
  const source = "a.memory[0] = 7; a === b.a && b";
  const result = await interpreter.evaluate<{ a: typeof one }>(source, {
    values: { a: one, b: { a: one } },
  });
  assert.equal(result.a.memory[0], 7);
  assert.equal(memory[0], 7);
});

test("values may have names that the module or the language uses, too", async () => {
  const interpreter = await shared();
  const names = ["values", "channels", "source", "frame", "_", "$", "of", "async", "__proto__"];
  const values = Object.fromEntries(names.map((name, n) => [name, n]));
  assert.deepEqual(
    await interpreter.evaluate(`[${names.join(", ")}]`, { values }),
    names.map((_, n) => n),
  );
});

test("values of a big run arrive whole", async () => {
  const interpreter = await shared();
  const bytes = new Uint8Array(3_000_000).fill(7);
  const text = "ä".repeat(1_000_000);
  const sizes = await interpreter.evaluate("[bytes.length, bytes.at(-1), text.length]", {
    values: { bytes, text },
  });
  assert.deepEqual(sizes, [3_000_000, 7, 1_000_000]);
});

const MARK = "globalThis.ran = true";

for (
  const [what, values, message] of [
    ["a list", [1], /: values must be an object, received an array$/],
    ["null", null, /values must be an object/],
    ["a Map", new Map(), /values must be an object/],
    ["a name that is none", { "a-b": 1 }, /values has the key "a-b", which cannot name a variable/],
    ["a statement", { "x=process.exit()": 1 }, /cannot name a variable/],
    ["a reserved word", { await: 1 }, /cannot name a variable/],
    ["a name of the module's own", { "imp·rt": 1 }, /cannot name a variable/],
    ["a name of channels, too", { inbox: 1 }, /values and channels both give a variable "inbox"/],
  ] as const
) {
  test(`run() refuses ${what} as values, and runs nothing`, async () => {
    const interpreter = await shared();
    const options = {
      values: values as unknown as Values,
      channels: { inbox: createChannel()[0] },
    };
    const isRefused = (error: unknown) => error instanceof TypeError && message.test(error.message);
    await assert.rejects(interpreter.run(MARK, options), isRefused);
    assert.throws(() => interpreter.runSync(MARK, options), isRefused);
    assert.equal(await interpreter.evaluate("typeof ran"), "undefined");
  });
}

test("run() refuses values called channels beside a pair of channels", async () => {
  const interpreter = await shared();
  await assert.rejects(
    interpreter.run(MARK, { values: { channels: 1 }, channels: createChannel() }),
    /both give a variable "channels"/,
  );
});

test("run() names the part of its values that cannot cross, and runs nothing", async () => {
  const interpreter = await shared();
  const values = { user: { name: "x", list: [1, { fn: () => {} }] } };
  for (const run of [interpreter.run(MARK, { values }), interpreter.evaluate(MARK, { values })]) {
    await assert.rejects(
      run,
      (error) =>
        error instanceof NotShareableError && error.message.includes("$.user.list[1].fn") &&
        error.message.startsWith(`Cannot run source in interpreter ${interpreter.id}: `),
    );
  }
  assert.equal(interpreter.isRunning(), false);
  assert.equal(await interpreter.evaluate("typeof ran"), "undefined");
});

test("values cross between interpreters as well, and a forged name is no source", async () => {
  const interpreter = await shared();
  const source = `
    import { create } from "subinterpreters";
    const inner = await create();
    const seen = [
      await inner.evaluate("user.age", { values: { user: { age: 7 } } }),
      inner.evaluateSync("user.age", { values: { user: { age: 8 } } }),
    ];
    for (const values of [{ "a=1;b": 1 }, { user: { fn() {} } }, []]) {
      await inner.run("1", { values }).catch((error) => seen.push(error.name));
    }
    await inner.close();
    seen;
  `;
  const names = ["TypeError", "NotShareableError", "TypeError"];
  assert.deepEqual(await interpreter.evaluate(source), [7, 8, ...names]);
});

test("limits.messageBytes bounds the values that an interpreter gives to another", async (t) => {
  const interpreter = await scoped(t, { limits: { messageBytes: 1000 } });
  const source = `
    import { create } from "subinterpreters";
    const inner = await create();
    const seen = [await inner.evaluate("text.length", { values: { text: "x".repeat(900) } })];
    await inner.run("1", { values: { text: "x".repeat(2000) } })
      .catch((error) => seen.push(error.name, error.message.replace(/\\d+/, "N")));
    await inner.close();
    seen;
  `;
  assert.deepEqual(await interpreter.evaluate(source), [
    900,
    "RangeError",
    "Cannot run source in interpreter N: the message has 2012 bytes, the limit is 1000",
  ]);
});

test("handles in values work: of channels and of interpreters", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  await interpreter.run("kit.out.sendNowait(kit.self.id)", {
    values: { kit: { out: send, self: interpreter } },
  });
  assert.equal(recv.recvNowait(), interpreter.id);
});
