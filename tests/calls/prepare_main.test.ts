// prepareMain(): values bound in an interpreter's namespace.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createChannel,
  getMain,
  InterpreterError,
  InterpreterNotFoundError,
  NotShareableError,
} from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";

const shared = sharing();

test("B165 prepareMain() binds values in the namespace, where they stay", async () => {
  const interpreter = await shared();
  await interpreter.prepareMain({ first: 1, text: "a", list: [1, { b: 2 }] });
  assert.deepEqual(await interpreter.evaluate("[first, text, list]"), [1, "a", [1, { b: 2 }]]);
  interpreter.prepareMainSync({ first: 2 });
  assert.equal(await interpreter.evaluate("first"), 2);
  await interpreter.prepareMain({ nothing: null, bytes: new Uint8Array([1, 2]), big: 2n ** 70n });
  assert.deepEqual(await interpreter.evaluate("[nothing, bytes, big]"), [
    null,
    new Uint8Array([1, 2]),
    2n ** 70n,
  ]);
});

test("B166 prepareMain() of nothing is a RangeError", async () => {
  const interpreter = await shared();
  await assert.rejects(interpreter.prepareMain({}), RangeError);
  await assert.rejects(interpreter.prepareMain(new Map()), RangeError);
  await assert.rejects(interpreter.prepareMain([]), RangeError);
  assert.throws(() => interpreter.prepareMainSync({}), RangeError);
});

test("B167 prepareMain() takes an object, a map or pairs, and a second object that wins", async () => {
  const interpreter = await shared();
  await interpreter.prepareMain(new Map([["fromMap", 1]]));
  await interpreter.prepareMain([["fromPairs", 2]]);
  await interpreter.prepareMain({ both: 1, one: 1 }, { both: 2 });
  assert.deepEqual(await interpreter.evaluate("[fromMap, fromPairs, both, one]"), [1, 2, 2, 1]);
  await interpreter.prepareMain(new Map([["fromMap", 1]]), { fromMap: 3 });
  interpreter.prepareMainSync([["fromPairs", 2]], { fromPairs: 4 });
  assert.deepEqual(await interpreter.evaluate("[fromMap, fromPairs]"), [3, 4]);
});

test("B168 prepareMain() binds all or nothing", async () => {
  const interpreter = await shared();
  await assert.rejects(
    interpreter.prepareMain({ good: 1, bad: Symbol("no") }),
    NotShareableError,
  );
  assert.equal(await interpreter.evaluate("typeof good"), "undefined");
  await interpreter.prepareMain({ older: 1 });
  await assert.rejects(interpreter.prepareMain({ older: 2, "not a name": 3 }), TypeError);
  await assert.rejects(interpreter.prepareMain({ older: 2 }, { bad: () => 1 }), NotShareableError);
  assert.equal(await interpreter.evaluate("older"), 1);
});

test("B169 prepareMain() copies what is plain, and refuses functions and instances of classes", async () => {
  const interpreter = await shared();
  const plain = { list: [new Date(0), /x/g], map: new Map([["a", new Set([1])]]) };
  await interpreter.prepareMain({ plain });
  assert.deepEqual(await interpreter.evaluate("plain"), plain);
  class Instance {
    readonly own = 1;
  }
  for (const refused of [() => 1, Instance, new Instance(), Promise.resolve(), new WeakMap()]) {
    await assert.rejects(interpreter.prepareMain({ refused }), (error: unknown) => {
      assert.ok(error instanceof NotShareableError);
      assert.match(error.message, /\$\.refused/);
      return true;
    });
  }
});

test("B170 prepareMain() is refused while the interpreter runs, and changes nothing", async () => {
  await using interpreter = await create();
  await interpreter.prepareMain({ value: 1 });
  const [recv, send] = createChannel();
  const running = interpreter.run("await channels[0].recv()", { channels: [recv, send] });
  await assert.rejects(interpreter.prepareMain({ value: 2 }), (error: unknown) => {
    assert.ok(error instanceof InterpreterError);
    assert.match(error.message, /running/);
    return true;
  });
  send.sendNowait(0);
  await running;
  assert.equal(await interpreter.evaluate("value"), 1);
});

test("B171 B172 prepareMain() refuses the main interpreter and a closed one", async () => {
  await assert.rejects(getMain().prepareMain({ a: 1 }), InterpreterError);
  assert.throws(() => getMain().prepareMainSync({ a: 1 }), InterpreterError);
  const interpreter = await create();
  await interpreter.close();
  await assert.rejects(interpreter.prepareMain({ a: 1 }), InterpreterNotFoundError);
  assert.throws(() => interpreter.prepareMainSync({ a: 1 }), InterpreterNotFoundError);
});

test("B173 prepareMain() binds handles in a fresh interpreter", async () => {
  await using interpreter = await create();
  const [recv, send] = createChannel();
  await interpreter.prepareMain({ end: send, self: interpreter });
  await interpreter.run("end.sendNowait(self.id)");
  assert.equal(await recv.recv(), interpreter.id);
});

test("B174 prepareMain() refuses names that no source could declare", async () => {
  const interpreter = await shared();
  for (const name of ["a b", "a\0", "1a", "await", "new"]) {
    await assert.rejects(interpreter.prepareMain({ [name]: 1 }), TypeError);
  }
  const prepare = interpreter.prepareMain.bind(interpreter) as (...a: unknown[]) => Promise<void>;
  for (const wrong of [1, "a", null, undefined, [1], [["a"]], [[1, 2]]]) {
    await assert.rejects(prepare(wrong), TypeError);
  }
});

test("B176 shared memory that prepareMain() binds is shared both ways", async () => {
  const interpreter = await shared();
  const words = new Int32Array(new SharedArrayBuffer(8));
  await interpreter.prepareMain({ words });
  words[0] = 5;
  await interpreter.run("words[1] = words[0] + 1");
  assert.equal(words[1], 6);
});
