import assert from "node:assert/strict";
import { test } from "node:test";
import { listAll, RunFailedError } from "subinterpreters";
import { fromModule } from "subinterpreters/actors";
import { createActor, toPromise } from "xstate";
import { parentOf } from "../helpers/asked.ts";
import { scoped } from "../helpers/interpreter.ts";
import { until } from "../helpers/until.ts";

type Work = typeof import("../modules/fixtures/work.ts");
const WORK = new URL("../modules/fixtures/work.ts", import.meta.url);

test("fromModule() calls an exported function with a list of arguments", async () => {
  const before = listAll().length;
  const actor = createActor(fromModule<Work["add"]>(WORK, "add"), { input: [2, 3] }).start();
  assert.equal(await toPromise(actor), 5);
  assert.equal(listAll().length, before);
});

test("fromModule() takes an input that is no array as the only argument, and none as none", async (t) => {
  const interpreter = await scoped(t);
  const later = fromModule<(value: string) => Promise<string>>(WORK, "later", { interpreter });
  assert.equal(await toPromise(createActor(later, { input: "a" }).start()), "a");
  assert.equal(await toPromise(createActor(later, { input: ["b"] }).start()), "b");
  const count = fromModule<Work["count"]>(WORK.href, "count", { interpreter });
  assert.equal(await toPromise(createActor(count).start()), 1);
  assert.equal(await toPromise(createActor(count, { input: [] }).start()), 2);
});

test("fromModule() is done with the value of an export that is no function", async () => {
  const actor = createActor(fromModule<Work["version"]>(WORK, "version")).start();
  assert.equal(await toPromise(actor), "1.2.3");
});

test("fromModule() fails with the error of the function, of the import, and of a wrong name", async (t) => {
  const interpreter = await scoped(t);
  const errors: unknown[] = [];
  for (
    const [module, name] of [[WORK, "fail"], ["./nothing.ts", "a"], [WORK, "nothing"], [
      WORK,
      "items",
    ]] as const
  ) {
    const logic = fromModule(module, name, { interpreter });
    errors.push((await parentOf(logic, { input: ["why"] }).over()).error);
  }
  assert.ok(errors[0] instanceof RunFailedError);
  assert.equal(errors[0].excinfo.name, "RangeError");
  assert.ok(errors[1] instanceof RunFailedError);
  assert.match(String(errors[2]), /TypeError: .*"nothing".*no such export/);
  assert.match(String(errors[3]), /TypeError: .*"items".*generator/);
});

test("fromModule() that is stopped ends its interpreter, but none of its user's", async (t) => {
  const interpreter = await scoped(t);
  const { started } = await interpreter.import<Work>(WORK);
  assert.equal(await started, 0);
  const before = listAll().length;
  const own = parentOf(fromModule(WORK, "loop"));
  const given = parentOf(fromModule(WORK, "forever", { interpreter }));
  await until(() => listAll().length === before + 1, { withinMs: 20_000 });
  for (const { actor } of [own, given]) actor.send({ type: "LEAVE" });
  await until(() => listAll().length === before, { withinMs: 20_000 });
  assert.equal(listAll().includes(interpreter), true);
  assert.equal(await interpreter.evaluate("1"), 1);
});
