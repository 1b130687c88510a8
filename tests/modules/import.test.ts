// Modules imported into an interpreter: what their exports become, and how they fail.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  getCurrent,
  InterpreterError,
  InterpreterNotFoundError,
  InterpreterTerminatedError,
  NotShareableError,
  RunFailedError,
  UnsupportedError,
} from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

type Work = typeof import("./fixtures/work.ts");

const timeout = 30_000;
const WORK = new URL("./fixtures/work.ts", import.meta.url);
const shared = sharing();
const work = async () => await (await shared()).import<Work>(WORK);

/** A module of that text. In base 64, because Bun takes what follows a dot for an extension. */
function dataUrl(text: string): URL {
  return new URL(`data:text/javascript;base64,${btoa(text)}`);
}

test("import() makes functions of a TypeScript file callable, and reads values as copies", async () => {
  const remote = await work();
  assert.equal(await remote.add(2, 3), 5);
  assert.deepEqual(await remote.later({ a: [1] }), { a: [1] });
  assert.equal(await remote.default("Ada"), "hello Ada");
  assert.equal(await remote.version, "1.2.3");
  assert.deepEqual(await remote.settings, { deep: [1, 2] });
  assert.notEqual(await remote.settings, await remote.settings);
});

test("import() gives the interpreter's own instance of a module, each time the same", async () => {
  const [one, two] = [await work(), await work()];
  const here: Work = await import("./fixtures/work.ts");
  const before = await one.count();
  assert.equal(await two.count(), before + 1);
  assert.equal(here.count(), 1);
  const interpreter = await shared();
  const source = `const { count } = await import(${JSON.stringify(WORK.href)}); count()`;
  assert.equal(await interpreter.evaluate(source), before + 2);
});

test("import() takes data: URLs whose text has dots, as it is and encoded", async (t) => {
  const interpreter = await scoped(t);
  const text = "export default (list) => list.length; export const half = 0.5;";
  for (const body of [text, encodeURIComponent(text)]) {
    const remote = await interpreter.import<{ default(list: number[]): number; half: number }>(
      `data:text/javascript,${body}`,
    );
    assert.deepEqual([await remote.default([1, 2, 3]), await remote.half], [3, 0.5]);
  }
});

test("import() takes paths relative to baseUrl, packages, built-in modules and data: URLs", async (t) => {
  const interpreter = await scoped(t, { baseUrl: new URL(".", WORK) });
  const relative = await interpreter.import<Work>("./work.ts");
  assert.equal(await relative.add(1, 1), 2);
  const path = await interpreter.import<typeof import("node:path")>("node:path");
  assert.equal(await path.basename("/a/b.txt"), "b.txt");
  const tag = await interpreter.import<{ version: string }>("acorn");
  assert.match(await tag.version, /^\d+\./);
  const data = await interpreter.import<{ twice(n: number): number }>(
    dataUrl("export const twice = (n) => n * 2;"),
  );
  assert.equal(await data.twice(4), 8);
});

test(
  "import() takes http: URLs on Deno, and says elsewhere that it does not",
  { timeout },
  async (t) => {
    const server = createServer((_request, response) => {
      response.setHeader("content-type", "text/javascript").end("export const far = () => 'away';");
    });
    t.after(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const url = `http://127.0.0.1:${address.port}/far.js`;
    const interpreter = await shared();
    if (runtime !== "deno") {
      await assert.rejects(interpreter.import(url), UnsupportedError);
      await assert.rejects(interpreter.import("https://example.invalid/a.js"), UnsupportedError);
      return;
    }
    const remote = await interpreter.import<{ far(): string }>(url);
    assert.equal(await remote.far(), "away");
  },
);

test("import() rejects with what a module threw while it was loaded, or why there is none", async () => {
  const interpreter = await shared();
  const failed = (name: string, message: RegExp) => (error: unknown) =>
    error instanceof RunFailedError && error.excinfo.name === name &&
    message.test(error.message);
  const broken = new URL("./fixtures/broken.ts", import.meta.url);
  await assert.rejects(interpreter.import(broken), failed("SyntaxError", /JSON/));
  await assert.rejects(
    interpreter.import("./no_such_file.js"),
    failed("Error", /no such module/),
  );
  await assert.rejects(interpreter.import(dataUrl("export const = 1")), RunFailedError);
  assert.equal(interpreter.isRunning(), false);
  assert.equal(await (await work()).add(1, 1), 2);
});

test("import() refuses what is no module, wrong options, the main and a closed interpreter", async (t) => {
  const interpreter = await scoped(t);
  for (const module of [5, "", null, {}]) {
    await assert.rejects(interpreter.import(module as never), TypeError);
  }
  await assert.rejects(interpreter.import(WORK, { other: 1 } as never), TypeError);
  await assert.rejects(interpreter.import(WORK, { onAbort: "stop" } as never), TypeError);
  await assert.rejects(interpreter.import(WORK, { timeout: -1 }), RangeError);
  await assert.rejects(getCurrent().import(WORK), InterpreterError);
  const remote = await interpreter.import<Work>(WORK);
  await interpreter.close();
  await assert.rejects(interpreter.import(WORK), InterpreterNotFoundError);
  await assert.rejects(remote.add(1, 2), InterpreterNotFoundError);
});

test("a remote function rejects with what the function threw, and shows the caller's line", async () => {
  const remote = await work();
  const error: unknown = await remote.fail("too far").catch((thrown: unknown) => thrown);
  assert.ok(error instanceof RunFailedError);
  assert.equal(error.message, "RangeError: too far");
  assert.match(error.excinfo.stack ?? "", /work\.ts:\d+/);
  assert.ok(error.cause instanceof RangeError && error.cause.cause instanceof TypeError);
  assert.match(error.stack ?? "", /import\.test\.[tj]s/);
  assert.doesNotMatch(error.stack ?? "", /src\/api/);
});

test("a remote function refuses what cannot cross, by its path", async () => {
  const remote = await work();
  const named = (path: RegExp) => (error: unknown) =>
    error instanceof NotShareableError && path.test(error.message);
  await assert.rejects(remote.later({ fn() {} }), named(/\$\[0\]\.fn/));
  await assert.rejects(remote.closure(), named(/\$ is a function/));
  await assert.rejects(remote.symbol, named(/symbol/));
  assert.equal(await remote.add(1, 1), 2);
});

test("a remote function obeys limits.messageBytes, for arguments and for results", async (t) => {
  const interpreter = await scoped(t, { limits: { messageBytes: 4000 } });
  const remote = await interpreter.import<Work>(WORK);
  await assert.rejects(
    remote.filled(5000),
    (error) => error instanceof RangeError && /limit is 4000/.test(error.message),
  );
  assert.equal((await remote.filled(100)).length, 100);
  await assert.rejects(
    interpreter.evaluate(`
      import { create } from "subinterpreters";
      const other = await create();
      const remote = await other.import(${JSON.stringify(WORK.href)});
      await remote.later("x".repeat(5000)).finally(() => other.close());`),
    (error) => error instanceof RunFailedError && error.excinfo.name === "RangeError",
  );
});

test("a remote module looks like a plain object: no promise, nothing for unknown names", async () => {
  const remote = await work();
  assert.equal(await Promise.resolve(remote), remote);
  assert.equal(Reflect.get(remote, "then"), undefined);
  assert.equal(Reflect.get(remote, "nothing"), undefined);
  assert.equal(Reflect.get(remote, Symbol.iterator), undefined);
  assert.match(inspect(remote), /add.*Function/);
  assert.equal(Object.prototype.toString.call(remote), "[object Remote]");
  assert.ok(Object.isFrozen(remote) && "add" in remote && !Reflect.has(remote, "toString"));
  assert.equal(remote.add.name, "add");
  assert.throws(() => Reflect.apply(Reflect.get(remote, "nothing"), undefined, []), TypeError);
});

test("a remote module can be spread or made into JSON, whatever of it cannot cross", async () => {
  const remote = await work();
  assert.equal(Object.keys({ ...remote }).includes("version"), true);
  assert.match(JSON.stringify(remote), /"version":\{\}/);
  await assert.rejects(remote.handlers, NotShareableError);
  // What nobody handles is told by now.
  await new Promise((resolve) => setTimeout(resolve, 10));
});

test(
  "calls of a remote module interleave with each other and with a run",
  { timeout },
  async (t) => {
    const interpreter = await scoped(t);
    const remote = await interpreter.import<Work>(WORK);
    await Promise.all([remote.turns("a"), remote.turns("b")]);
    assert.deepEqual(await remote.log, ["a0", "b0", "a1", "b1"]);
    const run = interpreter.run("await new Promise((resolve) => globalThis.finish = resolve)");
    assert.equal(interpreter.isRunning(), true);
    assert.equal(await remote.add(1, 2), 3);
    await interpreter.terminate();
    await assert.rejects(run, InterpreterTerminatedError);
  },
);

test(
  "calls of a remote module fail when their interpreter ends, however it does",
  { timeout },
  async (t) => {
    for (
      const [end, reason] of [
        [(id: { terminate(why: string): Promise<void> }) => id.terminate("enough"), "enough"],
        [(id: { close(): Promise<void> }) => id.close(), "closed"],
      ] as const
    ) {
      const interpreter = await scoped(t);
      const remote = await interpreter.import<Work>(WORK);
      const [call, iterator] = [remote.forever(), remote.slowItems(5)];
      await iterator.next();
      const ended = (error: unknown) =>
        error instanceof InterpreterTerminatedError && error.reason === reason;
      const rejected = assert.rejects(call, ended);
      await end(interpreter);
      await rejected;
    }
  },
);

test(
  "import() and remote functions work from one interpreter into another",
  { timeout },
  async () => {
    const interpreter = await shared();
    const result = await interpreter.evaluate(`
    import { create, RunFailedError } from "subinterpreters";
    const other = await create();
    const remote = await other.import(${JSON.stringify(WORK.href)});
    const items = [];
    for await (const { n } of remote.slowItems(3)) items.push(n);
    const error = await remote.fail("far").catch((thrown) => thrown);
    const end = remote.forever().catch(({ reason }) => reason);
    const sum = await remote.add(1, 2);
    await other.terminate("done");
    const [path] = (error.excinfo.stack ?? "").match(/work\\.ts:\\d+/) ?? [];
    ({ sum, items, isRunFailed: error instanceof RunFailedError, path: path !== undefined,
       end: await end, version: await remote.version.catch(({ name }) => name) })`);
    assert.deepEqual(result, {
      sum: 3,
      items: [0, 1, 2],
      isRunFailed: true,
      path: true,
      end: "done",
      version: "InterpreterNotFoundError",
    });
    await assert.rejects(
      interpreter.run(`
      import { getCurrent } from "subinterpreters";
      await getCurrent().import("node:path");`),
      (error) => error instanceof RunFailedError && error.excinfo.name === "InterpreterError",
    );
  },
);

test("withOptions() lets a timeout or a signal end the wait for a call, and the call goes on", {
  timeout,
}, async (t) => {
  const interpreter = await scoped(t);
  const remote = await interpreter.import<Work>(WORK);
  await assert.rejects(
    remote.forever.withOptions({ timeout: 1 })(),
    (error) =>
      error instanceof InterpreterTerminatedError && error.reason === "timeout" &&
      error.isInterpreterAlive,
  );
  const reason = new Error("enough");
  const controller = new AbortController();
  const call = remote.forever.withOptions({ signal: controller.signal })();
  await remote.add(1, 1);
  controller.abort(reason);
  await assert.rejects(call, (error) => error === reason);
  const { signal } = controller;
  await assert.rejects(remote.count.withOptions({ signal })(), (error) => error === reason);
  assert.ok((await remote.started) >= 1);
  assert.equal(await remote.count(), 1);
  assert.equal(
    await remote.add.withOptions({ timeout, signal: AbortSignal.timeout(timeout) })(1, 2),
    3,
  );
});

test(
  "withOptions() ends the interpreter when asked to, even one that loops",
  { timeout },
  async (t) => {
    const timedOut = await scoped(t);
    const looping = (await timedOut.import<Work>(WORK)).loop;
    await assert.rejects(
      looping.withOptions({ timeout: 50, onTimeout: "terminate" })(),
      (error) =>
        error instanceof InterpreterTerminatedError && error.reason === "timeout" &&
        !error.isInterpreterAlive,
    );
    const aborted = await scoped(t);
    const { loop } = await aborted.import<Work>(WORK);
    const controller = new AbortController();
    const call = loop.withOptions({ signal: controller.signal, onAbort: "terminate" })();
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(call, (error) => error === reason);
    await assert.rejects(aborted.evaluate("1"), InterpreterNotFoundError);
  },
);

test("withOptions() refuses options that are wrong, before anything is called", async () => {
  const remote = await work();
  const wrong = (options: unknown) => () => remote.add.withOptions(options as never);
  assert.throws(wrong(undefined), TypeError);
  assert.throws(wrong({ times: 1 }), /known are signal, onAbort, timeout, onTimeout, transfer$/);
  assert.throws(wrong({ onTimeout: "interrupt" }), TypeError);
  assert.throws(wrong({ timeout: "1" }), TypeError);
  assert.throws(wrong({ timeout: NaN }), RangeError);
});

test("await using gives a remote module up, and its interpreter goes on", async (t) => {
  const interpreter = await scoped(t);
  let kept: { add(a: number, b: number): Promise<number> };
  {
    await using remote = await interpreter.import<Work>(WORK);
    kept = remote;
    const iterator = remote.items(10_000);
    assert.deepEqual(await iterator.next(), { done: false, value: { n: 0, text: "item 0" } });
  }
  await assert.rejects(kept.add(1, 2), InterpreterError);
  const again = await interpreter.import<Work>(WORK);
  assert.equal((await again.produced).left, 1);
});

test(
  "a remote call keeps the process alive, and an imported module does not",
  { timeout },
  async () => {
    const { code, stdout } = await spawnScript(`
    import { create } from "subinterpreters";
    const text = "export const wait = () => new Promise((go) => setTimeout(go, 50, 'waited'));" +
      "export function* many() { for (;;) yield 1; }";
    const interpreter = await create();
    const remote = await interpreter.import("data:text/javascript;base64," + btoa(text));
    await remote.many().next();
    remote.wait().then(console.log);
  `);
    assert.deepEqual({ code, stdout: stdout.trim() }, { code: 0, stdout: "waited" });
  },
);

test(
  "calls that follow each other leave timers their turn, here and there",
  { timeout },
  async () => {
    const remote = await work();
    const interpreter = await shared();
    for (const call of [() => remote.add(1, 2), () => interpreter.call((a: number) => a, 3)]) {
      let isOver = false;
      setTimeout(() => {
        isOver = true;
      }, 5);
      while (!isOver) await call();
      const there = remote.turns("t").then(() => {
        isOver = false;
      });
      while (isOver) await call();
      await there;
    }
  },
);

test("import() refuses a module that is said to have a million exports", { timeout }, async (t) => {
  const interpreter = await scoped(t);
  await interpreter.run("Object.keys = () => Array.from({ length: 1e6 }, (_, n) => `e${n}`)");
  await assert.rejects(
    interpreter.import(dataUrl("export const one = 1;")),
    /^RangeError: .*the module has 1000000 exports, the limit is 10000$/,
  );
});
