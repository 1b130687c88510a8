import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  create,
  createSync,
  getCurrent,
  getMain,
  Interpreter,
  InterpreterNotFoundError,
  listAll,
  RuntimeError,
  UnsupportedError,
} from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const shared = sharing();
const another = sharing();

const ids = () => listAll().map(({ id }) => id);

test("B001 create() gives a handle that listAll() has at once", async (t) => {
  const interpreter = await scoped(t);
  assert.ok(interpreter instanceof Interpreter);
  assert.ok(listAll().includes(interpreter));
});

test("B002 create() many at once gives distinct ids", async (t) => {
  const all = await Promise.all(Array.from({ length: 5 }, () => scoped(t)));
  assert.equal(new Set(all.map(({ id }) => id)).size, 5);
});

test("B003 B438 create() inside an interpreter joins the one registry and outlives its parent", async (t) => {
  const parent = await create();
  const id = await parent.evaluate<number>(`
    import { create } from "subinterpreters";
    (await create()).id;
  `);
  assert.ok(id > parent.id);
  assert.deepEqual(ids().slice(-2), [parent.id, id]);
  await parent.close();
  const child = new Interpreter(id);
  t.after(() => child.close());
  assert.equal(await child.evaluate("1 + 1"), 2);
});

test("B004 create() after closing all leaves no ghosts", async (t) => {
  const before = ids();
  const all = await Promise.all([create(), create()]);
  await Promise.all(all.map((interpreter) => interpreter.close()));
  const next = await scoped(t);
  assert.deepEqual(ids(), [...before, next.id]);
});

test("B005 create() after closing some leaves the survivors and the new one", async (t) => {
  const before = ids();
  const [first, second, third] = [await create(), await scoped(t), await create()];
  await first.close();
  await third.close();
  const next = await scoped(t);
  assert.deepEqual(ids(), [...before, second.id, next.id]);
});

test("B006 create() gives an idle interpreter", async (t) => {
  assert.equal((await scoped(t)).isRunning(), false);
});

test("B007 create() takes isolated by name only, true by default", async (t) => {
  assert.equal((await scoped(t)).isolated, true);
  await assert.rejects(create(true as never), TypeError);
});

test("B008 Interpreter.isolated is what create() was given, by id too", async (t) => {
  const interpreter = await scoped(t, { isolated: false });
  assert.equal(interpreter.isolated, false);
  assert.equal(new Interpreter(interpreter.id).isolated, false);
});

test("B009 Interpreter.isolated is read-only", async () => {
  const interpreter = await shared();
  assert.throws(() => Object.assign(interpreter, { isolated: false }), TypeError);
  assert.equal(interpreter.isolated, true);
});

test("B010 getMain().isolated is false", () => {
  assert.equal(getMain().isolated, false);
});

test(
  "B014 create() a hundred times in a row gives growing ids, all closable",
  { timeout: 180_000 },
  async () => {
    let last = 0;
    for (let n = 0; n < 100; n++) {
      const interpreter = await create();
      assert.ok(interpreter.id > last);
      last = interpreter.id;
      await interpreter.close();
    }
  },
);

test("B018 create() gives a fresh realm without the program's globals", async (t) => {
  const interpreter = await scoped(t);
  Object.assign(globalThis, { leaked: 1 });
  t.after(() => Reflect.deleteProperty(globalThis, "leaked"));
  assert.equal(await interpreter.evaluate("typeof leaked"), "undefined");
});

test("B018 create() gives the program's arguments", { timeout: 60_000 }, async () => {
  const { code, stdout } = await spawnScript(
    `
    import process from "node:process";
    import { configure, create } from "subinterpreters";
    process.argv.push("--token", "x y");
    const source = \`
      import { argv } from "node:process";
      JSON.stringify([
        process.argv.slice(2), argv.slice(2), globalThis.Bun?.argv.slice(2), globalThis.Deno?.args,
        process.argv[1],
      ])
    \`;
    configure({ spares: 1 });
    for (let n = 0; n < 2; n++) {
      const interpreter = await create();
      const [own, imported, ofBun, ofDeno, name] = JSON.parse(await interpreter.evaluate(source));
      console.log(JSON.stringify([own, imported, ofBun ?? own, ofDeno ?? own]), name !== process.argv[1]);
      await interpreter.close();
    }
    configure({ spares: 0 });
  `,
  );
  const args = JSON.stringify(Array.from({ length: 4 }, () => ["--token", "x y"]));
  assert.deepEqual([code, stdout], [0, `${args} true\n${args} true\n`]);
});

test("B023 getMain().id is 0", () => {
  assert.equal(getMain().id, 0);
});

test("B025 Interpreter.id is never used twice", async (t) => {
  const first = await create();
  await first.close();
  const second = await scoped(t);
  assert.ok(second.id > first.id);
});

test("B026 Interpreter.id is a safe integer", async () => {
  assert.ok(Number.isSafeInteger((await shared()).id));
});

test("B027 Interpreter.id is read-only", async () => {
  const interpreter = await shared();
  const { id } = interpreter;
  assert.throws(() => Object.assign(interpreter, { id: 77 }), TypeError);
  assert.equal(interpreter.id, id);
});

test("B028 new Interpreter() gives the handle of that id and creates nothing", async () => {
  const { id } = await shared();
  const before = ids();
  assert.equal(new Interpreter(id).id, id);
  assert.deepEqual(ids(), before);
});

for (const id of ["1", 1.5, null, {}, undefined, "", 1n]) {
  test(`B029 new Interpreter() refuses the id ${inspect(id)} with a TypeError`, () => {
    assert.throws(() => new Interpreter(id as never), TypeError);
  });
}

test("B031 B067 B074 B098 new Interpreter() refuses a negative id with a RangeError", () => {
  assert.throws(() => new Interpreter(-1), RangeError);
});

test("B032 B067 B074 B098 new Interpreter() of an unknown id throws an InterpreterNotFoundError", () => {
  assert.throws(() => new Interpreter(1_000_000), InterpreterNotFoundError);
  assert.throws(() => new Interpreter(1_000_000), RuntimeError);
});

test("B033 new Interpreter() refuses an unsafe integer with a RangeError", () => {
  assert.throws(() => new Interpreter(2 ** 64), RangeError);
});

test("B035 Interpreter.equals() compares ids", async () => {
  const [a, b] = [await shared(), await another()];
  assert.equal(a.equals(new Interpreter(a.id)), true);
  assert.equal(a.equals(b), false);
});

test("B036 Interpreter.equals() is false for what is no handle", async () => {
  const interpreter = await shared();
  assert.equal(interpreter.equals(interpreter.id), false);
  assert.equal(interpreter.equals(null), false);
});

test("B038 B039 new Interpreter() gives the one handle object of its id", async () => {
  const interpreter = await shared();
  assert.equal(new Interpreter(interpreter.id), interpreter);
  assert.equal(getMain(), getMain());
  assert.equal(listAll()[0], getMain());
});

test("B041 Interpreter.toString() is Interpreter(id)", async () => {
  const interpreter = await shared();
  assert.equal(String(interpreter), `Interpreter(${interpreter.id})`);
});

test("B049 getCurrent() is getMain() in the program", () => {
  assert.equal(getCurrent(), getMain());
});

test("B050 getCurrent() inside is the interpreter itself", async () => {
  const interpreter = await shared();
  const id = await interpreter.evaluate(
    `import { getCurrent } from "subinterpreters"; getCurrent().id`,
  );
  assert.equal(id, interpreter.id);
});

test("B051 getMain() inside has the id 0", async () => {
  const interpreter = await shared();
  assert.equal(
    await interpreter.evaluate(`import { getMain } from "subinterpreters"; getMain().id`),
    0,
  );
});

test("B054 listAll() is main first, then by id", async (t) => {
  const [a, b] = [await scoped(t), await scoped(t)];
  const all = ids();
  assert.equal(all[0], 0);
  assert.deepEqual(all.slice(-2), [a.id, b.id]);
  assert.deepEqual(all, all.toSorted((x, y) => x - y));
});

test("B056 listAll() gives a new array, the same ids inside", async () => {
  const interpreter = await shared();
  listAll().length = 0;
  const inside = await interpreter.evaluate(
    `import { listAll } from "subinterpreters"; listAll().map(({ id }) => id)`,
  );
  assert.deepEqual(inside, ids());
});

test("B057 listAll() has no interpreter that still boots", async () => {
  const before = ids();
  const creating = create();
  assert.deepEqual(ids(), before);
  const interpreter = await creating;
  assert.deepEqual(ids(), [...before, interpreter.id]);
  await interpreter.close();
});

test("createSync() gives an idle interpreter", () => {
  const interpreter = createSync();
  assert.equal(interpreter.isRunning(), false);
  interpreter.closeSync();
  assert.equal(ids().includes(interpreter.id), false);
});

test("create() with an aborted signal rejects with its reason and leaves nothing", async () => {
  const before = ids();
  const reason = new Error("changed my mind");
  await assert.rejects(create({ signal: AbortSignal.abort(reason) }), (error) => error === reason);
  const controller = new AbortController();
  const creating = create({ signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(creating, (error) => error === reason);
  assert.deepEqual(ids(), before);
});

test("create() refuses language with an UnsupportedError in this release", async () => {
  await assert.rejects(create({ language: "python" }), UnsupportedError);
});

for (
  const [options, name] of [
    [{ isolated: 1 }, "isolated"],
    [{ name: 1 }, "name"],
    [{ language: "cobol" }, "language"],
    [{ env: [] }, "env"],
    [{ env: { A: 1 } }, "env.A"],
    [{ baseUrl: "relative/path" }, "baseUrl"],
    [{ signal: {} }, "signal"],
    [{ unknown: 1 }, "unknown"],
    [[], "options"],
  ] as const
) {
  test(`create() names ${name} when it is wrong`, async () => {
    await assert.rejects(
      create(options as never),
      (error) => error instanceof TypeError && error.message.includes(name),
    );
  });
}

test("options that are containers and not objects of options are refused by name", async () => {
  const interpreter = await shared();
  for (const value of [new Map([["memoryMiB", 1]]), new Set(), Promise.resolve({}), new Date()]) {
    const given = value as never;
    for (const name of ["limits", "env", "functions", "permissions"]) {
      await assert.rejects(create({ [name]: given }), (error) => {
        assert.ok(error instanceof TypeError, name);
        assert.match(
          error.message,
          new RegExp(`${name} must be .*, received an object \\(\\w+\\)`),
        );
        return true;
      });
    }
    await assert.rejects(create(given), /options must be an object, received an object \(/);
    await assert.rejects(interpreter.run("", given), /options must be an object/);
    await assert.rejects(interpreter.run("", { channels: given }), /channels must be/);
  }
  class Settings {
    timeout = 10_000;
  }
  await interpreter.run("", new Settings());
  await using configured = await create({ env: process.env as Record<string, string> });
  assert.ok(configured.id > interpreter.id);
});

test("create() refuses an env that no system can have", async () => {
  for (const env of [{ "": "x" }, { "A=B": "x" }, { "A\0": "x" }, { A: "x\0" }]) {
    await assert.rejects(
      create({ env }),
      (error) => error instanceof RangeError && error.message.includes("env"),
    );
  }
});

test("create() gives the interpreter exactly the env it is told", async (t) => {
  const interpreter = await scoped(t, { env: { ONLY: "this" } });
  assert.equal(await interpreter.evaluate("process.env.ONLY"), "this");
  assert.equal(await interpreter.evaluate("process.env.PATH ?? null"), null);
});

test("B128 process.env inside is a copy", async () => {
  const interpreter = await shared();
  assert.equal(await interpreter.evaluate("process.env.PATH"), process.env["PATH"]);
  await interpreter.run("process.env.SUBINTERPRETERS_TEST = 'inside'");
  assert.equal(process.env["SUBINTERPRETERS_TEST"], undefined);
  assert.equal(await interpreter.evaluate("process.env.SUBINTERPRETERS_TEST"), "inside");
});
