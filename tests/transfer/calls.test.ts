// What moves with calls and runs: arguments, values and results, in both directions.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, transfer } from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();

function bytes(value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(100).fill(value);
}

test("call(), callSync() and callInThread() with transfer move their arguments", async () => {
  const interpreter = await shared();
  const fn = (view: Uint8Array, other: Uint8Array) => [view.length, view[99], other.length];
  for (const how of ["call", "callSync", "callInThread"] as const) {
    const [moved, copied] = [bytes(3), bytes(4)];
    const args: [Uint8Array, Uint8Array] = [moved, copied];
    const options = { fn, args, transfer: [moved.buffer] };
    const called = how === "call"
      ? interpreter.call(options)
      : how === "callSync"
      ? interpreter.callSync(options)
      : interpreter.callInThread(fn, transfer(moved, [moved.buffer]), copied);
    assert.deepEqual([moved.length, copied.length], [0, 100], how);
    assert.deepEqual(await called, [100, 3, 100], how);
  }
});

test("evaluate() with transfer takes what moves at once, even if its source takes long to compile", async () => {
  const interpreter = await shared();
  const big = new Uint8Array(2 ** 24).fill(1);
  // Too long for the host to compile by itself: what moves waits until that is done.
  const source = `${"0;\n".repeat(20_000)} view.length + view[2 ** 24 - 1]`;
  const run = interpreter.evaluate(source, {
    values: { view: big },
    transfer: [big.buffer],
  });
  assert.equal(big.length, 0);
  assert.equal(await run, 2 ** 24 + 1);
});

test("transfer() moves the result of a function, of a source and of a promise", async () => {
  const interpreter = await shared();
  await interpreter.exec("import { transfer } from 'subinterpreters'; let kept");
  const made = "kept = new Uint8Array(100).fill(5); transfer(kept, [kept.buffer])";
  const length = () => interpreter.evaluate("kept.length");
  assert.deepEqual(await interpreter.evaluate(made), bytes(5));
  assert.equal(await length(), 0);
  assert.deepEqual(interpreter.evaluateSync(made), bytes(5));
  assert.equal(await length(), 0);
  assert.deepEqual(
    await interpreter.evaluate(made.replace("transfer(", "await transfer(")),
    bytes(5),
  );
  assert.equal(await length(), 0);
  const result = await interpreter.call(async () => {
    const { transfer: move } = await import("subinterpreters");
    const { buffer } = new Uint8Array(100).fill(6);
    const value = { view: new Uint8Array(buffer, 10), buffer };
    Object.assign(globalThis, { seen: buffer });
    return move(value, [buffer]);
  });
  assert.equal(result.view.buffer, result.buffer);
  assert.deepEqual(new Uint8Array(result.buffer), bytes(6));
  assert.equal(await interpreter.evaluate("seen.byteLength"), 0);
});

test("a result that cannot be moved rejects, and the interpreter goes on", async () => {
  const interpreter = await shared();
  const result = interpreter.evaluate(
    `import { transfer } from 'subinterpreters';
     const memory = new WebAssembly.Memory({ initial: 1 }).buffer;
     transfer(memory, [memory])`,
  );
  await assert.rejects(result, { name: "TypeError", message: /cannot be moved/ });
  await assert.rejects(
    interpreter.evaluate("transfer([1], [new ArrayBuffer(1)])"),
    /does not contain transfer\[0\]/,
  );
  assert.equal(await interpreter.evaluate("1"), 1);
});

test("run() with transfer moves buffers of its values, and refuses it without values", async () => {
  const interpreter = await shared();
  const view = bytes(2);
  await interpreter.run("view[0] = 1", { values: { view }, transfer: [view.buffer] });
  assert.equal(view.length, 0);
  assert.deepEqual(await interpreter.evaluate("[view.length, view[0], view[1]]"), [100, 1, 2]);
  await assert.rejects(interpreter.run("", { transfer: [new ArrayBuffer(1)] }), {
    name: "TypeError",
    message: /transfer needs values/,
  });
  const noted = bytes(3);
  await interpreter.prepareMain({ noted: transfer(noted, [noted.buffer]) });
  assert.equal(noted.length, 0);
  assert.equal(await interpreter.evaluate("noted[99]"), 3);
});

test("a call that is refused leaves what was to move where it is", async () => {
  const interpreter = await shared();
  const view = bytes(1);
  const call = { fn: (given: Uint8Array) => given.length, args: [view] as [Uint8Array] };
  const options = { ...call, transfer: [view.buffer] };
  await using closed = await create();
  await closed.terminate();
  await assert.rejects(closed.call(options), { name: "InterpreterNotFoundError" });
  const running = interpreter.run("await new Promise((resolve) => setTimeout(resolve, 50))");
  await assert.rejects(interpreter.call(options), { name: "InterpreterError" });
  await running;
  await assert.rejects(interpreter.call({ ...options, signal: AbortSignal.abort() }));
  await assert.rejects(
    interpreter.call({ ...options, fn: (given: Uint8Array) => given.length + call.args.length }),
    { name: "TypeError", message: /refers to "call"/ },
  );
});

test("functions of the creator's: transfer() moves arguments and results", async (t) => {
  const seen: number[] = [];
  let kept: Uint8Array<ArrayBuffer> | undefined;
  const interpreter = await scoped(t, {
    functions: {
      double(view: Uint8Array<ArrayBuffer>) {
        seen.push(view.length);
        kept = new Uint8Array(view.length * 2).fill(9);
        return transfer(kept, [kept.buffer]);
      },
      async later(view: Uint8Array<ArrayBuffer>) {
        await Promise.resolve();
        return transfer(view, [view.buffer]);
      },
    },
  });
  const result = await interpreter.evaluate(`
    import { host, transfer } from "subinterpreters";
    const one = new Uint8Array(100), two = new Uint8Array(7).fill(3);
    const doubled = await host.double(transfer(one, [one.buffer]));
    const same = await host.later(transfer(two, [two.buffer]));
    [one.length, two.length, doubled.length, doubled[0], same.length, same[6]]
  `);
  assert.deepEqual(result, [0, 0, 200, 9, 7, 3]);
  assert.deepEqual([seen, kept?.length], [[100], 0]);
});

test("interpreters that interpreters created: arguments, results and functions move too", async () => {
  const interpreter = await shared();
  const result = await interpreter.evaluate(`
    import { create, transfer } from "subinterpreters";
    const inner = await create({
      functions: { take: (view) => transfer(view, [view.buffer]) },
    });
    const one = new Uint8Array(50).fill(4), two = new Uint8Array(60).fill(5);
    const fn = async (view) => {
      const { host, transfer } = await import("subinterpreters");
      const back = await host.take(transfer(view, [view.buffer]));
      return transfer([back, view.length], [back.buffer]);
    };
    const [got, gone] = await inner.call({ fn, args: [one], transfer: [one.buffer] });
    const same = inner.callSync({ fn: (view) => view, args: [two], transfer: [two.buffer] });
    await inner.close();
    [one.length, got.length, got[49], gone, two.length, same[59]]
  `);
  assert.deepEqual(result, [0, 50, 4, 0, 0, 5]);
});

test("inside an interpreter a call that is refused gives what was to move back", async () => {
  const interpreter = await shared();
  const result = await interpreter.evaluate(`
    import { create } from "subinterpreters";
    const inner = await create();
    const view = new Uint8Array(3).fill(8);
    const busy = inner.run("await new Promise((resolve) => setTimeout(resolve, 50))");
    const error = await inner.call({ fn: (x) => x, args: [view], transfer: [view.buffer] })
      .catch((thrown) => thrown);
    await busy;
    await inner.close();
    [error.name, view.length, new Uint8Array(error.transferred[0])[2]]
  `);
  assert.deepEqual(result, ["InterpreterError", 0, 8]);
});
