// What source reaches by the modules that a runtime brings along: not by another view of one,
// nor by a debugger, SQLite, a loader, a file of variables, or a code cache.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import test from "node:test";
import { create, UnsupportedError } from "subinterpreters";
import { folderWith, LOAD, SESSIONS, takesNoCache } from "../helpers/builtin_attempts.ts";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";
import { denied } from "../helpers/sandbox.ts";
import { allViews, VIEWS } from "../helpers/views.ts";

const timeout = 60_000;
const shared = sharing();
const redirected = sharing({ stdout: "ignore", stderr: "ignore" });

const REFUSED = {
  name: "RunFailedError",
  message: /is isolated; create it with \{ isolated: false \}/,
};

for (
  const [what, take] of [["an isolated interpreter", shared], [
    "redirected output",
    redirected,
  ]] as const
) {
  test(
    `with ${what}, every view of a built-in module has what its object has`,
    { timeout },
    async (t) => {
      const interpreter = await take();
      const folder = folderWith(t, await allViews(interpreter));
      const seen = await interpreter.evaluate<string[]>(VIEWS(folder), { timeout });
      assert.deepEqual(seen, []);
    },
  );
}

test("B127 no context of node:vm has more than its maker, by whatever name it was made", {
  timeout,
}, async () => {
  const directory = process.cwd();
  for (const take of [shared, redirected]) {
    const interpreter = await take();
    const seen = await interpreter.evaluate<string>(`
      import vm, { createContext, runInContext, runInNewContext, Script } from "node:vm";
      import * as all from "vm";
      const kind = "typeof ShadowRealm";
      const { PassThrough } = process.getBuiltinModule("stream");
      let repl;
      // Node's wants the debugger.
      try {
        repl = process.getBuiltinModule("repl")
          .start({ input: new PassThrough(), output: new PassThrough() });
      } catch {}
      [
        runInContext(kind, createContext({})),
        runInContext(kind, all.createContext()),
        runInNewContext(kind, {}, "name.js"),
        new Script(kind).runInNewContext(),
        all.runInNewContext(kind),
        runInContext(kind, createContext(vm.constants.DONT_CONTEXTIFY ?? {})),
        typeof repl?.context.ShadowRealm,
      ].join()`);
    assert.equal(seen, "undefined,".repeat(7).slice(0, -1));
  }
  assert.equal(process.cwd(), directory);
});

test("no stand-in leads to the function that it replaces, nor do its instances", {
  timeout,
}, async () => {
  for (const take of [shared, redirected]) {
    const interpreter = await take();
    const seen = await interpreter.evaluate<string[]>(`
      const found = [];
      for (const module of ["fs", "vm", "tty"]) {
        for (const [name, one] of Object.entries(process.getBuiltinModule(module))) {
          const own = one && Object.getOwnPropertyDescriptor(one, "prototype")?.value;
          const maker = own && Object.getOwnPropertyDescriptor(own, "constructor")?.value;
          // Of the first the runtimes warn by such a function; the second is a terminal's on Bun.
          if (/^(Stats|WriteStream)$/.test(name) && module === "fs") continue;
          if (maker?.name === name && maker !== one) found.push(module + "." + name);
        }
      }
      found`);
    assert.deepEqual(seen, []);
  }
  const interpreter = await shared();
  const handle = 'new (process.getBuiltinModule("child_process").ChildProcess)()._handle';
  const started = interpreter.run(
    `(${handle} ?? { spawn() { process.binding("spawn_sync"); } }).spawn({ file: "true", args: ["true"], stdio: [] })`,
  );
  await assert.rejects(started, REFUSED);
  await assert.rejects(interpreter.run('process.binding("fs").close(999)'), REFUSED);
});

test("an isolated interpreter connects to no inspector", { timeout }, async () => {
  const interpreter = await shared();
  if (runtime === "bun") {
    // Its inspector of a thread is a profiler, and has no debugger (docs/enforcement.md).
    const answer = await interpreter.evaluate<string>(`
      import inspector from "node:inspector";
      const session = new inspector.Session();
      session.connect();
      const attempt = (act) => { try { return act() ?? "none"; } catch (error) { return error.message; } };
      [
        attempt(() => session.post("Debugger.enable")),
        attempt(() => session.post("Runtime.evaluate", { expression: "1" })),
        attempt(() => inspector.open()),
        attempt(() => inspector.url()),
      ].join();`);
    assert.match(
      answer,
      /requires an active inspector.*wasn't found.*not supported in workers,none$/,
    );
    return;
  }
  for (const source of SESSIONS) {
    await assert.rejects(interpreter.run(`{ ${source} }`), {
      name: "RunFailedError",
      message: /is isolated|is not a (constructor|function)/,
    }, source);
  }
});

test(
  "SQLite loads no native code, whatever prototype the method is taken from",
  { timeout },
  async () => {
    const interpreter = await shared();
    const seen = await interpreter.evaluate<string[]>(`
    const seen = [];
    const attempt = (act) => { try { seen.push("done: " + act()); } catch (error) { seen.push(error.message); } };
    const chain = (object) => {
      const all = [];
      for (let one = object; one !== null && one !== Object.prototype; one = Object.getPrototypeOf(one)) all.push(one);
      return all;
    };
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite") ?? {};
    const { Database } = globalThis.Bun ? await import("bun:sqlite") : {};
    for (const db of [
      DatabaseSync && new DatabaseSync(":memory:", { allowExtension: true }),
      Database && new Database(":memory:"),
    ]) {
      if (!db) continue;
      const made = [db, db.prepare("SELECT 1"), db.createSession?.(), db.createTagStore?.()];
      for (const one of made.filter(Boolean).flatMap(chain)) {
        for (const name of ["loadExtension", "enableLoadExtension", "fileControl"]) {
          if (Object.hasOwn(one, name)) attempt(() => one[name].call(db, "/nowhere"));
        }
      }
      attempt(() => db.prepare("SELECT load_extension('/nowhere')").get());
    }
    seen`);
    for (const message of seen) assert.match(message, /is isolated|not authorized/);
    assert.equal(seen.length > 0, runtime !== "node" || "sqlite" in process.versions);
  },
);

test("process.loadEnvFile() sets variables of the interpreter alone, and none that it has", {
  timeout,
}, async (t) => {
  const folder = folderWith(t, { "some.env": "SUBINTERPRETERS_LOADED=inside\nPATH=/nowhere\n" });
  const before = { ...process.env };
  const zone = new Date(0).getTimezoneOffset();
  const interpreter = await shared();
  const seen = await interpreter.evaluate(LOAD(join(folder, "some.env")));
  assert.equal(seen, `inside|${process.env["PATH"]}`);
  assert.deepEqual({ ...process.env }, before);
  assert.equal(new Date(0).getTimezoneOffset(), zone);
});

test("node:vm takes no code cache from source", { timeout }, async () => {
  await takesNoCache(await shared());
});

test("an isolated interpreter turns no compile cache on", { timeout }, async (t) => {
  const folder = folderWith(t, {});
  const interpreter = await shared();
  const seen = await interpreter.evaluate<string>(`
    import * as all from "node:module";
    [all, process.getBuiltinModule("module")].map(({ enableCompileCache: enable }) => {
      try { return enable === undefined ? "refused" : String(enable(${JSON.stringify(folder)})); }
      catch { return "refused"; }
    }).join()`);
  assert.equal(seen, "refused,refused");
});

test("an isolated interpreter reads no report on the process, and changes none", {
  timeout,
}, async () => {
  const { directory } = process.report;
  const interpreter = await shared();
  await assert.rejects(interpreter.run("process.report.getReport()"), REFUSED);
  await assert.rejects(interpreter.run("process.report.writeReport()"), REFUSED);
  await interpreter.run('try { process.report.directory = "/nowhere"; } catch {}');
  assert.equal(process.report.directory, directory);
});

test("create({ env }) gives source NODE_OPTIONS to read, and starts nothing that it names", {
  timeout,
}, async (t) => {
  const folder = folderWith(t, {
    "first.cjs": 'require("fs").writeFileSync(__dirname + "/ran", "");',
  });
  const options = `--require ${join(folder, "first.cjs")}`;
  const interpreter = await scoped(t, { env: { NODE_OPTIONS: options, BUN_OPTIONS: options } });
  assert.equal(await interpreter.evaluate("process.env.NODE_OPTIONS"), options);
  assert.equal(existsSync(join(folder, "ran")), false);
});

test("an interpreter that may start no process uses no debugger, WASI or report, isolated or not", {
  timeout,
}, async (t) => {
  const permissions = {
    ...{ read: true, write: true, net: true, env: true, sys: true, import: true },
    ...{ run: false, ffi: false },
  };
  const options = { permissions, isolated: false };
  if (runtime === "bun") {
    await assert.rejects(create(options), UnsupportedError);
    return;
  }
  const interpreter = await scoped(t, options);
  for (
    const source of [
      ...SESSIONS.slice(0, 4),
      "process.report.getReport()",
      'const { WASI } = await import("node:wasi"); new WASI({ version: "preview1" })',
      'const { setFlagsFromString } = await import("v8"); setFlagsFromString("--stack-size=1")',
    ]
  ) await denied(interpreter, `{ ${source} }`, /is sandboxed/);
});

test(
  "arguments that the runtimes' native code does not expect end no process",
  { timeout },
  async () => {
    // In a process of its own: it would be this one that ends.
    const { code, stdout, stderr } = await spawnScript(`
    import { create } from "subinterpreters";
    const interpreter = await create();
    console.log(await interpreter.evaluate(\`
      const get = process.getBuiltinModule;
      const crypto = get("crypto"), fs = get("fs"), os = get("os"), zlib = get("zlib");
      const { HTTPParser } = get("_http_common");
      let done = 0;
      for (const act of [
        () => crypto.generatePrimeSync(1),
        () => crypto.generatePrime(1, () => {}),
        () => crypto.createDiffieHellman(-0),
        () => crypto.getCipherInfo(-0),
        () => crypto.hkdfSync("sha256", "", "", "", -0),
        () => crypto.scryptSync("a", "b", -0),
        () => crypto.pbkdf2Sync("a", "b", 1, -0, "sha256"),
        () => crypto.pbkdf2("a", "b", 1, -0, "sha256", () => {}),
        () => crypto.randomFillSync(new Uint8Array(1), -0, -0),
        () => fs.fchmodSync(-0, -0),
        () => fs.fstatSync(Symbol("x")),
        () => fs.closeSync(Symbol("x")),
        () => fs.ftruncateSync(Symbol("x")),
        () => fs.chmodSync("/nowhere/at/all", -0),
        () => os.getPriority(-0),
        () => zlib.crc32?.("a", -0),
        () => get("dns").lookupService("127.0.0.1", -0, () => {}),
        () => get("module")._stat?.(1),
        () => Object.getPrototypeOf(new (get("net").Socket)({ handle: undefined })._handle).constructor(),
        () => {
          const socket = get("dgram").createSocket("udp4");
          const state = Object.getOwnPropertySymbols(socket).find((key) => /state/i.test(String(key)));
          for (let one = socket[state].handle; one && one !== Object.prototype; one = Object.getPrototypeOf(one)) {
            try { one.constructor(); } catch {}
            try { new one.constructor(); } catch {}
          }
        },
        () => HTTPParser(1),
        () => new HTTPParser().initialize(),
        () => new HTTPParser().initialize(-0, {}),
        () => new HTTPParser().initialize(1, {}, 0, 0, {}),
        () => new HTTPParser().initialize(1, {}, undefined, "x"),
        () => new HTTPParser().execute(1),
        () => new HTTPParser().consume({}),
      ]) {
        try { act(); } catch {}
        done++;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      done\`));
  `);
    assert.deepEqual([code, stdout], [0, "27\n"], stderr);
  },
);
