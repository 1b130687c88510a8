// How interpreters come to be: many at once, in vain, and what they begin with.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as subinterpreters from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const { create, createChannel, Interpreter, listAll } = subinterpreters;
const TIMEOUT = { timeout: 60_000 };

// Every thread that is started throws at once, whatever it was to load.
const BROKEN_THREADS = `
  import { createRequire, syncBuiltinESMExports } from "node:module";
  const TEXT = "throw new TypeError('no boot')";
  if ("Bun" in globalThis) {
    const { Worker } = globalThis;
    globalThis.Worker = class extends Worker {
      constructor(_entry, options) {
        super("data:text/javascript," + TEXT, options);
      }
    };
  } else {
    const threads = createRequire(import.meta.url)("node:worker_threads");
    threads.Worker = class extends threads.Worker {
      constructor(_entry, options) {
        super(TEXT, { ...options, eval: true });
      }
    };
    syncBuiltinESMExports();
  }
`;

test(
  "B013 create() whose thread fails rejects with the cause and leaves nothing",
  TIMEOUT,
  async () => {
    const { code, stdout, stderr } = await spawnScript(`
      ${BROKEN_THREADS}
      const { create, InterpreterError, listAll } = await import("subinterpreters");
      const error = await create().catch((reason) => reason);
      console.log(error instanceof InterpreterError, /no boot/.test(error.cause), listAll().length);
    `);
    assert.deepEqual([code, stdout], [0, "true true 1\n"], stderr);
  },
);

test("B015 create() twenty at once gives twenty interpreters that run", TIMEOUT, async () => {
  const before = listAll();
  const all = await Promise.all(Array.from({ length: 20 }, () => create()));
  assert.equal(listAll().length, before.length + 20);
  const values = await Promise.all(all.map((each, n) => each.evaluate(`${n} * 2`)));
  assert.deepEqual(values, all.map((_, n) => n * 2));
  await Promise.all(all.map((each) => each.close()));
  assert.deepEqual(listAll(), before);
});

test("B017 run() imports relative to the directory of the program", TIMEOUT, async () => {
  const { code, stdout, stderr } = await spawnScript(`
    import { create } from "subinterpreters";
    import { writeFileSync } from "node:fs";
    writeFileSync(new URL("./beside.mjs", import.meta.url), "export const where = 'beside';");
    const interpreter = await create();
    console.log(await interpreter.evaluate("import { where } from './beside.mjs'; where"));
    console.log(await interpreter.evaluate("(await import('./beside.mjs')).where"));
  `);
  assert.deepEqual([code, stdout], [0, "beside\nbeside\n"], stderr);
});

test("B080 close() ends what runs left behind and does not wait for it", async (t) => {
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  await interpreter.run("setInterval(() => out.sendNowait('tick'), 1)", {
    channels: { out: send },
  });
  assert.equal(await recv.recv(), "tick");
  await interpreter.close();
  while (recv.recvNowait("drained") === "tick");
  // A whole life of another interpreter passes, and no tick comes.
  await (await scoped(t)).run("await new Promise((resolve) => setTimeout(resolve, 5))");
  assert.equal(recv.recvNowait("nothing"), "nothing");
});

test("B429 the module inside has every export of the module, and its classes", async (t) => {
  const interpreter = await scoped(t);
  const inside = await interpreter.evaluate<string[]>(
    `import * as subinterpreters from "subinterpreters"; Object.keys(subinterpreters)`,
  );
  assert.deepEqual(inside.toSorted(), Object.keys(subinterpreters).toSorted());
});

test("B429 the module inside creates, runs, lists and closes", async (t) => {
  const interpreter = await scoped(t);
  const before = listAll();
  const id = await interpreter.evaluate<number>(`
    import { create, listAll } from "subinterpreters";
    const inner = await create();
    if (!listAll().includes(inner) || inner.isRunning()) throw new Error("not there");
    await inner.run("let n = 1");
    if (await inner.evaluate("n") !== 1) throw new Error("not run");
    inner.id;
  `);
  assert.equal(new Interpreter(id).equals(listAll().at(-1)), true);
  await interpreter.run("await inner.close()");
  assert.deepEqual(listAll(), before);
});
