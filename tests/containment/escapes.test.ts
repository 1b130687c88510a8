// Ways round isolation.ts: by what the runtime or this module calls in the middle of its
// work, by second realms, by modules that nobody thinks of.

import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";

const timeout = 20_000;
const shared = sharing({ stdout: "ignore" });

const REFUSED = {
  name: "RunFailedError",
  message: /is isolated; create it with \{ isolated: false \}/,
};

test(
  "B127 source that replaces methods of strings gets no original module",
  { timeout },
  async (t) => {
    const directory = process.cwd();
    const interpreter = await scoped(t);
    await interpreter.run(`
    const { slice } = String.prototype;
    String.prototype.startsWith = () => false;
    String.prototype.slice = function (...args) {
      return String(this) === "node:process" ? "none" : slice.apply(this, args);
    };`);
    const act = '(await import("node:process")).chdir("/")';
    await assert.rejects(interpreter.run(act), REFUSED);
    assert.equal(process.cwd(), directory);
  },
);

/** The text of the module by which source gets the runtime's; src/runtime/deno/modules.ts. */
const STAND_IN = `(() => {
  // Those that differ from what an import gave before (2.9).
  const names = ["abort", "argv", "chdir", "dlopen", "env", "execArgv", "exit",
    "getBuiltinModule", "kill", "loadEnvFile", "setegid", "seteuid", "setgid", "setuid", "umask"];
  const text = 'import all from "node:process";export*from "node:process";export default all;' +
    names.map((name) =>
      "const $" + name + "=all." + name + ";export{$" + name + " as " + name + "};").join("");
  return "data:text/javascript," + encodeURIComponent(text);
})()`;

test("B127 a script that bears the name of a stand-in gets no original module", {
  timeout,
}, async () => {
  const directory = process.cwd();
  const interpreter = await shared();
  const act = `await (async () => {
    const { constants, Script } = process.getBuiltinModule("vm");
    const script = new Script("import('node:process')", {
      filename: ${STAND_IN},
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    (await script.runInThisContext()).chdir("/");
  })()`;
  // Node takes no such name for a base.
  const expected = runtime === "node" ? { name: "RunFailedError" } : REFUSED;
  await assert.rejects(interpreter.run(act), expected);
  assert.equal(process.cwd(), directory);
});

/** Deno's `require` finds its insides while it looks a path up, by methods that source may replace. */
const amidLoading = (act: string) => `
  const Module = process.getBuiltinModule("module");
  const { _resolveLookupPaths } = Module;
  let inside;
  Module._resolveLookupPaths = function (...args) {
    inside ??= Module.createRequire("file:///source.js")("internal/test/binding");
    return _resolveLookupPaths.apply(this, args);
  };
  try { Module._load("nowhere", { filename: "/source.js", paths: [] }); } catch {}
  Module._resolveLookupPaths = _resolveLookupPaths;
  ${act}`;

test("B127 native code and internals of the runtime are refused, whatever module leads there", {
  timeout,
}, async () => {
  const zone = new Date().getTimezoneOffset();
  const interpreter = await shared();
  const wasi = [
    'new (process.getBuiltinModule("wasi").WASI)({ version: "preview1" })',
    'const { WASI } = await import("node:wasi"); new WASI({ version: "preview1" })',
  ];
  const sqlite =
    'new (process.getBuiltinModule("node:sqlite").DatabaseSync)(":memory:", { allowExtension: true }).loadExtension("/nowhere")';
  const acts = {
    deno: [
      ...wasi,
      sqlite,
      amidLoading('inside.internalBinding("tty_wrap")'),
      amidLoading('inside.default.internalBinding("tty_wrap")'),
    ],
    bun: [
      sqlite,
      'const { setTimeZone } = await import("bun:jsc"); setTimeZone("Asia/Kolkata")',
      'process.getBuiltinModule("bun:jsc").setTimezone("Asia/Kolkata")',
    ],
    node: [
      ...wasi,
      'process.getBuiltinModule("crypto").setEngine("/nowhere.so")',
      'const { setEngine } = await import("node:crypto"); setEngine("/nowhere.so")',
      'process.getBuiltinModule("tls").createSecureContext({ clientCertEngine: "/nowhere.so" })',
      'process.getBuiltinModule("https").get({ host: "127.0.0.1", clientCertEngine: "/nowhere.so" })',
      'process.getBuiltinModule("tls").createSecureContext({ privateKeyEngine: "/nowhere.so", privateKeyIdentifier: "x" })',
    ],
  }[runtime];
  for (const act of acts) await assert.rejects(interpreter.run(`{ ${act} }`), REFUSED, act);
  assert.equal(new Date().getTimezoneOffset(), zone);
});

test("B127 no context of node:vm, and no other realm, has what the interpreter lacks", {
  timeout,
}, async () => {
  const interpreter = await shared();
  const seen = await interpreter.evaluate(`
    import vm from "node:vm";
    const kind = "typeof ShadowRealm";
    const context = vm.createContext({ vm });
    [
      typeof ShadowRealm,
      vm.runInNewContext(kind),
      new vm.Script(kind).runInNewContext({}, { contextName: "other" }),
      vm.runInContext(kind, context),
      vm.runInContext("vm.runInNewContext('" + kind + "')", context),
      vm.runInContext(kind, vm.createContext(Object.freeze({}))),
    ].join();`);
  assert.equal(seen, "undefined,".repeat(6).slice(0, -1));
  if (runtime !== "bun") return;
  for (
    const base of [
      "new Proxy({}, { deleteProperty: () => false })",
      "Object.create(new Proxy({}, {}))",
      "{ ShadowRealm: 1 }",
    ]
  ) await assert.rejects(interpreter.run(`vm.createContext(${base})`), REFUSED, base);
});

test("source that replaces Reflect.apply is told no function that was replaced", {
  timeout,
}, async () => {
  const interpreter = await shared();
  const told = await interpreter.evaluate(`
    import fs from "node:fs";
    const { apply } = Reflect;
    const told = [];
    Reflect.apply = (called, ...rest) => (told.push(String(called)), apply(called, ...rest));
    try {
      process.on("none", () => {});
      for (const write of [fs.writeSync, fs.writeFileSync]) try { write(999, ""); } catch {}
      globalThis.navigator?.locks?.request("mine", () => {});
      try { globalThis.Deno?.writeTextFileSync("/nowhere/at/all", ""); } catch {}
      globalThis.Bun?.file("/nowhere/at/all");
    } finally {
      Reflect.apply = apply;
    }
    told.length`);
  assert.equal(told, 0);
});
