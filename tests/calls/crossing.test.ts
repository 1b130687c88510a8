// What cannot cross in a call, as an argument or as a result: refused where it is sent if nobody
// could receive it, else where it is received, and the interpreter goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, NotShareableError } from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";

const shared = sharing();

test("B183 an argument that cannot cross is refused with its path, and nothing runs", async () => {
  const interpreter = await shared();
  await assert.rejects(
    interpreter.call((value: unknown) => value, { deep: [Symbol("no")] }),
    (error: unknown) => {
      assert.ok(error instanceof NotShareableError);
      assert.match(error.message, /\[0\]\.deep\[0\]/);
      return true;
    },
  );
});

test("B185 B186 a result that cannot cross, a function too, is a NotShareableError, and the interpreter goes on", async () => {
  const interpreter = await shared();
  await assert.rejects(interpreter.call(() => () => 1), NotShareableError);
  await assert.rejects(interpreter.call(() => ({ a: Symbol("no") })), NotShareableError);
  assert.equal(await interpreter.call(() => 1), 1);
});

test("B181 B185 an instance of a class crosses neither as an argument nor as a result", async () => {
  const interpreter = await shared();
  class Counter {
    readonly count = 1;
  }
  await assert.rejects(
    interpreter.call((counter) => counter, new Counter()),
    (error: unknown) =>
      error instanceof NotShareableError && /\$\[0\] is an instance of Counter/.test(error.message),
  );
  await assert.rejects(
    interpreter.call(() => {
      class Local {
        readonly own = 1;
      }
      return { list: [new Local()] };
    }),
    (error: unknown) =>
      error instanceof NotShareableError &&
      /\$\.list\[0\] is an instance of Local/.test(error.message),
  );
});

/** Buffers that a realm may keep 2048 of, if they have come from elsewhere. */
function resizableBuffers(): ArrayBuffer[] {
  return Array.from({ length: 900 }, () => new ArrayBuffer(1, { maxByteLength: 2 }));
}

test("B195 arguments that cannot be received are a NotShareableError, and nothing ran", async () => {
  await using interpreter = await create();
  const keep = (list: ArrayBuffer[]) => {
    const realm = globalThis as { kept?: ArrayBuffer[][] };
    return (realm.kept ??= []).push(list);
  };
  const buffers = resizableBuffers();
  assert.equal(await interpreter.call(keep, buffers), 1);
  assert.equal(await interpreter.call(keep, buffers), 2);
  const isRefused = (name: string) => (error: unknown) => {
    assert.ok(error instanceof NotShareableError);
    assert.match(error.message, new RegExp(`the ${name} cannot be received: .* are kept already`));
    return true;
  };
  await assert.rejects(interpreter.call(keep, buffers), isRefused("arguments"));
  await assert.rejects(interpreter.prepareMain({ more: buffers }), isRefused("values"));
  await assert.rejects(interpreter.run("kept = []", { values: { buffers } }), isRefused("values"));
  assert.deepEqual(await interpreter.evaluate("[kept.length, typeof more]"), [2, "undefined"]);
});

test("B196 a result that cannot be received is a NotShareableError, and the interpreter goes on", async () => {
  await using interpreter = await create({ isolated: false });
  const make = resizableBuffers;
  const kept = [await interpreter.call(make), interpreter.callSync(make)];
  const isRefused = (error: unknown) => {
    assert.ok(error instanceof NotShareableError);
    assert.match(error.message, /The result cannot be received: .* are kept already/);
    assert.ok(error.cause instanceof TypeError);
    return true;
  };
  await assert.rejects(interpreter.call(make), isRefused);
  assert.throws(() => interpreter.callSync(make), isRefused);
  assert.equal(await interpreter.call(() => 1), 1);
  assert.equal(kept.length, 2);
});

test("B183 call() refuses at once what nobody could receive", async () => {
  const interpreter = await shared();
  const tooLong = new RegExp("a".repeat(40_000));
  await assert.rejects(
    interpreter.call((given: unknown) => given, tooLong),
    (error: unknown) =>
      error instanceof NotShareableError &&
      /a list of arguments cannot cross: its regular expressions are too long/.test(error.message),
  );
  await assert.rejects(
    interpreter.call(() => new RegExp("a".repeat(40_000))),
    (error: unknown) =>
      error instanceof NotShareableError &&
      /The value cannot cross: its regular expressions are too long/.test(error.message),
  );
});
