// An isolated interpreter cannot act on the process, by whatever way it comes to the
// act; one that is not isolated can.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { createSync, InterpreterTerminatedError } from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const timeout = 20_000;

/** Ways to a module of the runtime, as expressions. */
const WAYS: Readonly<Record<string, (name: string) => string>> = {
  "import()": (name) => `await import("node:${name}")`,
  "import() without node:": (name) => `await import("${name}")`,
  "the default export": (name) => `(await import("node:${name}")).default`,
  "require()": (name) => `createRequire("file:///source.js")("node:${name}")`,
  "process.getBuiltinModule()": (name) => `process.getBuiltinModule("${name}")`,
  "text that source evaluates": (name) => `await (0, eval)('import("node:${name}")')`,
};

const START = 'import { createRequire } from "node:module"; import process from "node:process";';
const REFUSED = {
  name: "RunFailedError",
  message: /is isolated; create it with \{ isolated: false \}/,
};

for (const [way, module] of Object.entries(WAYS)) {
  // For each way one that has not come to any module by another.
  const shared = sharing();
  const refused = async (source: string) => {
    const interpreter = await shared();
    await assert.rejects(interpreter.evaluate(`${START} ${source}`), REFUSED);
  };

  test(
    `B011 B012 B129 an isolated interpreter starts no process by way of ${way}`,
    { timeout },
    async () => {
      const interpreter = await shared();
      await interpreter.run(`${START} globalThis.m = ${module("child_process")};`);
      for (const name of ["spawn", "spawnSync", "exec", "execSync", "execFile", "execFileSync"]) {
        await assert.rejects(interpreter.run(`m.${name}("true")`), REFUSED, name);
      }
      await assert.rejects(interpreter.run('m.fork("true.js")'), REFUSED);
      await assert.rejects(
        interpreter.run('new m.ChildProcess().spawn({ file: "true", args: ["true"] })'),
        REFUSED,
      );
    },
  );

  test(
    `B011 B012 an isolated interpreter starts no raw worker by way of ${way}`,
    { timeout },
    async () => {
      await refused(`new (${module("worker_threads")}).Worker("0", { eval: true })`);
    },
  );

  test(`an isolated interpreter starts no cluster by way of ${way}`, { timeout }, async () => {
    await refused(`(${module("cluster")}).fork()`);
  });
}

test("an isolated interpreter starts no process by what node:child_process is made of", {
  timeout,
}, async (t) => {
  const inside = 'createRequire("file:///source.js")("internal/child_process")';
  const interpreter = await scoped(t);
  await interpreter.run(START);
  // No runtime lets source require it.
  const expected = { name: "RunFailedError", message: /No such built-in|Cannot find module/ };
  const options = '{ file: "true", args: ["true"], options: [] }';
  await assert.rejects(interpreter.run(`${inside}.spawnSync("true", [], {})`), expected);
  await assert.rejects(
    interpreter.run(`new (${inside}).ChildProcess().spawn(${options})`),
    expected,
  );
});

test("an isolated interpreter refuses acts that a file imports by name", { timeout }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "subinterpreters-isolation-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(
    join(folder, "acts.mjs"),
    `import { spawnSync } from "node:child_process";
     import { execSync } from "child_process";
     import { Worker } from "node:worker_threads";
     import { setPriority } from "node:os";
     import { kill, chdir } from "node:process";
     import { register } from "node:module";
     export const acts = [
       () => spawnSync("true"),
       () => execSync("true"),
       () => new Worker("0", { eval: true }),
       () => setPriority(0, 0),
       () => kill(1, 0),
       () => chdir("/"),
       () => register("data:text/javascript,"),
     ];`,
  );
  const interpreter = await scoped(t, { baseUrl: pathToFileURL(`${folder}/`) });
  await interpreter.run('import { acts } from "./acts.mjs";');
  for (let i = 0; i < 7; i++) {
    await assert.rejects(interpreter.run(`acts[${i}]()`), REFUSED, `act ${i}`);
  }
});

test("B011 isolated: false gives what the runtime's worker gives", { timeout }, async (t) => {
  const interpreter = await scoped(t, { isolated: false });
  const status = await interpreter.evaluate(
    `import { spawnSync } from "node:child_process"; spawnSync(${
      JSON.stringify(process.execPath)
    }, ["--version"]).status`,
  );
  assert.equal(status, 0);
  assert.equal(await interpreter.evaluate("typeof Worker"), typeof globalThis.Worker);
  const echoed = await interpreter.evaluate(
    `import { Worker } from "node:worker_threads";
     await new Promise((resolve, reject) => {
       const worker = new Worker(
         new URL("data:text/javascript," + encodeURIComponent(
           'import { parentPort } from "node:worker_threads"; parentPort.postMessage("started");',
         )),
       );
       worker.on("message", resolve);
       worker.on("error", reject);
     })`,
  );
  assert.equal(echoed, "started");
});

test("B127 an isolated interpreter changes nothing of the process", { timeout }, async (t) => {
  const [directory, mask, title] = [process.cwd(), process.umask(), process.title];
  const interpreter = await scoped(t);
  for (
    const act of [
      'process.chdir("/")',
      "process.umask(0)",
      "process.kill(1, 0)",
      'process.dlopen({ exports: {} }, "/nowhere.node")',
      "process.setuid(0)",
      'createRequire("file:///source.js")("node:os").setPriority(0, 0)',
    ]
  ) {
    await assert.rejects(interpreter.run(`${START} ${act}`), REFUSED, act);
  }
  await interpreter.run(
    `${START} try { process.title = "taken"; } catch {}; process.exitCode = 3;`,
  );
  assert.equal(await interpreter.evaluate("process.umask()"), mask);
  assert.equal(await interpreter.evaluate("process.kill(process.pid, 0)"), true);
  assert.deepEqual([process.cwd(), process.umask(), process.title], [directory, mask, title]);
  assert.equal(process.exitCode, undefined);
});

test("an isolated interpreter's signal listeners do not take the process's signals", {
  timeout,
}, async (t) => {
  const interpreter = await scoped(t);
  assert.equal(
    await interpreter.evaluate(
      'process.on("SIGUSR2", () => {}).once("SIGINT", () => {}); process.listenerCount("SIGUSR2") + process.listenerCount("SIGINT")',
    ),
    0,
  );
});

for (
  const [act, code] of [
    ["process.exit(5)", 5],
    ["process.reallyExit(6)", 6],
    ["process.abort()", 134],
    ["process.kill(process.pid)", 143],
    ['process.kill(process.pid, "SIGKILL")', 137],
  ] as const
) {
  test(`${act} ends an isolated interpreter alone`, { timeout }, async () => {
    const interpreter = createSync();
    await assert.rejects(interpreter.run(act), (error: unknown) => {
      assert.ok(error instanceof InterpreterTerminatedError);
      assert.equal(error.exitCode, code);
      return true;
    });
    assert.equal(spawnSync(process.execPath, ["--version"]).status, 0);
  });
}

test("an isolated interpreter closes no descriptor but its own, whatever number it tries", {
  timeout,
}, async () => {
  // In a process of its own: closing the event loop's would end it.
  const { code, stdout, stderr } = await spawnScript(`
    import { create } from "subinterpreters";
    import { closeSync, openSync, writeSync } from "node:fs";
    import { devNull } from "node:os";
    const theirs = openSync(devNull, "w");
    const interpreter = await create();
    const seen = await interpreter.evaluate(\`
      import fs, { closeSync, openSync } from "node:fs";
      import { Socket } from "node:net";
      import { devNull } from "node:os";
      import tty from "node:tty";
      import { promisify } from "node:util";
      const seen = [];
      // Deno's, which has a table for each thread, throws of such a number where nobody hears.
      const attempt = (act) => { try { return act(); } catch (error) { return error.code; } };
      for (let n = 3; n < 64; n++) {
        seen.push(attempt(() => { closeSync(n); return "closed"; }));
        seen.push(await promisify(fs.close)(n).then(() => "closed", ({ code }) => code));
        seen.push(attempt(() => { if (globalThis.Deno) return "EBADF"; fs.close(n); return "closed"; }));
        seen.push(await fs.promises.close?.(n).then(() => "closed", ({ code }) => code) ?? "EBADF");
        for (
          const make of [
            () => new Socket({ fd: n }),
            () => new tty.ReadStream(n),
            () => new tty.WriteStream(n),
            () => new tty.WriteStream.prototype.constructor(n),
          ]
        ) attempt(() => make().on("error", () => {}).destroy());
      }
      const own = openSync(devNull, "r");
      closeSync(own);
      const other = await promisify(fs.open)(devNull, "r");
      await promisify(fs.close)(other);
      for await (const _ of fs.createReadStream(devNull));
      await (await fs.promises.open(devNull)).close();
      [...new Set(seen), attempt(() => closeSync(own)), attempt(() => closeSync("1"))].join();
    \`);
    await interpreter.close();
    writeSync(theirs, "still open");
    closeSync(theirs);
    const next = await create();
    console.log(seen, await next.evaluate("1 + 1"));
  `);
  assert.deepEqual([code, stdout], [0, "EBADF,EBADF,ERR_INVALID_ARG_TYPE 2\n"], stderr);
});

test("what belongs to one runtime alone is refused to an isolated interpreter", {
  timeout,
}, async (t) => {
  const interpreter = await scoped(t);
  const acts = {
    deno: [
      'new Deno.Command("true")',
      'Deno.chdir("/")',
      "Deno.kill(1)",
      "Deno.umask(0)",
      'Deno.dlopen("libc.so.6", {})',
      'Deno.addSignalListener("SIGINT", () => {})',
      'await Deno.permissions.revoke({ name: "run" })',
      'Deno.permissions.requestSync({ name: "run" })',
      "new Deno.UnsafePointerView(null)",
      'new Worker("data:text/javascript,")',
      'process.getBuiltinModule("inspector").open()',
    ],
    bun: [
      'Bun.spawn(["true"])',
      'Bun.spawnSync(["true"])',
      "await Bun.$`true`",
      'Bun.openInEditor("/nowhere")',
      'const { spawnSync } = await import("bun"); spawnSync(["true"])',
      '(await import("bun:ffi")).dlopen("libc.so.6", {})',
      'new ((await import("bun:sqlite")).Database)(":memory:").loadExtension("/nowhere")',
      'new Worker("data:text/javascript,")',
    ],
    node: [
      'process.binding("spawn_sync")',
      'new (process.getBuiltinModule("inspector").Session)()',
      'new (process.getBuiltinModule("inspector/promises").Session)()',
      'process.getBuiltinModule("v8").setFlagsFromString("--stack-size=1")',
    ],
  }[runtime];
  for (const act of acts) await assert.rejects(interpreter.run(act), REFUSED, act);
});

test(
  "Deno.permissions.revoke() inside leaves the process its permissions",
  { timeout },
  async (t) => {
    const interpreter = await scoped(t);
    await interpreter.run(
      `try { await Deno.permissions.revoke({ name: "run" }); await Deno.permissions.revoke({ name: "read" }); } catch {}`,
    );
    assert.equal(spawnSync(process.execPath, ["--version"]).status, 0);
  },
);

test("the lock that makes a thread killable is hidden, and cannot be stolen", {
  timeout,
}, async (t) => {
  const interpreter = await scoped(t, { isolated: false });
  const isDeno = await interpreter.evaluate("globalThis.Deno !== undefined");
  if (isDeno) {
    await assert.rejects(interpreter.run("await navigator.locks.query()"), /Cannot list the locks/);
    const names = await globalThis.navigator.locks.query();
    const name = names.held?.find((lock) => lock.name?.startsWith("subinterpreters:"))?.name;
    assert.ok(name !== undefined);
    await assert.rejects(
      interpreter.run(
        `await navigator.locks.request(${JSON.stringify(name)}, { steal: true }, () => {})`,
      ),
      /its name is reserved/,
    );
    assert.equal(await interpreter.evaluate('await navigator.locks.request("mine", () => 1)'), 1);
  }
  const run = interpreter.run("for (;;);", { timeout: 200 });
  await assert.rejects(run, InterpreterTerminatedError);
});
