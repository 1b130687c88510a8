// Compiled WebAssembly crosses as it is: nobody compiles it twice.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, isShareable } from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();

/** Exports `add`, which adds two numbers. */
const ADD = new Uint8Array(
  ("0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,7,7,1,3,97,100,100,0,0," +
    "10,9,1,7,0,32,0,32,1,106,11").split(",").map(Number),
);

type Add = (a: number, b: number) => number;

function addOf(module: WebAssembly.Module): Add {
  return new WebAssembly.Instance(module).exports["add"] as Add;
}

test("isShareable() is true for a WebAssembly.Module, and false for what only looks like one", () => {
  const module = new WebAssembly.Module(ADD);
  assert.equal(isShareable(module), true);
  assert.equal(isShareable({ deep: [module] }), true);
  assert.equal(isShareable(Object.create(WebAssembly.Module.prototype)), false);
  assert.equal(isShareable(Object.assign(new WebAssembly.Module(ADD), { extra: 1 })), false);
  assert.equal(isShareable(new WebAssembly.Instance(module)), false);
  const [, send] = createChannel();
  assert.throws(() => send.sendNowait([Object.create(WebAssembly.Module.prototype)]), {
    name: "NotShareableError",
    message: /\$\[0\] is no real Module/,
  });
});

test("a WebAssembly.Module crosses channels, within the program and to an interpreter and back", async () => {
  const interpreter = await shared();
  const module = new WebAssembly.Module(ADD);
  const [recv, send] = createChannel();
  send.sendNowait({ module, again: module });
  const got = recv.recvNowait() as { module: WebAssembly.Module; again: WebAssembly.Module };
  assert.equal(got.module, got.again);
  assert.equal(addOf(got.module)(2, 3), 5);
  const [back, answer] = createChannel();
  send.sendNowait(module);
  await interpreter.run(
    `const got = recv.recvNowait();
     answer.sendNowait(new WebAssembly.Instance(got).exports.add(20, 22));
     answer.sendNowait(got);`,
    { channels: { recv, answer } },
  );
  assert.equal(back.recvNowait(), 42);
  assert.equal(addOf(back.recvNowait() as WebAssembly.Module)(1, 1), 2);
});

test("a WebAssembly.Module crosses as argument, value and result", async (t) => {
  const interpreter = await scoped(t, {
    functions: { same: (module: WebAssembly.Module) => module },
  });
  const module = new WebAssembly.Module(ADD);
  const sum = await interpreter.call(
    (given: WebAssembly.Module, a: number) => {
      return (new WebAssembly.Instance(given).exports["add"] as Add)(a, 1);
    },
    module,
    41,
  );
  assert.equal(sum, 42);
  const result = await interpreter.evaluate(
    `import { host } from "subinterpreters"; await host.same(module)`,
    { values: { module } },
  );
  assert.equal(addOf(result as WebAssembly.Module)(3, 4), 7);
});
