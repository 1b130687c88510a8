// Attempts by modules of the runtime that the tests of isolated interpreters and of sandboxes
// share.

import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Interpreter } from "subinterpreters";

/** A folder with these files, that goes with the test. */
export function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "subinterpreters-builtins-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Ways to an inspector. */
export const SESSIONS: readonly string[] = [
  'const { Session } = await import("node:inspector"); new Session().connect()',
  'const { Session } = await import("inspector"); new Session().connectToMainThread()',
  'const { Session } = await import("node:inspector/promises"); new Session().connect()',
  'const { default: all } = await import("node:inspector"); all.open()',
  'const { url } = await import("node:inspector"); url()',
  'const { close } = await import("node:inspector"); close()',
  'new (process.getBuiltinModule("inspector").Session)().connect()',
  'new (Object.getPrototypeOf(process.getBuiltinModule("inspector/promises").Session))().connect()',
  "process._debugProcess(process.pid)",
];

/** Loads the file by every name that does. */
export const LOAD = (path: string) => `
  import { loadEnvFile } from "node:process";
  const file = ${JSON.stringify(path)};
  loadEnvFile(file);
  process.loadEnvFile(file);
  process.getBuiltinModule("process").loadEnvFile(file);
  process.env.SUBINTERPRETERS_TZ = process.env.TZ = "Asia/Kolkata";
  globalThis.Bun && (Bun.env.SUBINTERPRETERS_BUN = "inside");
  [process.env.SUBINTERPRETERS_LOADED, process.env.PATH].join("|")`;

/** Scripts made with a cache whose bytes were changed: each gives 2 without it. */
const CACHED = [
  "new vm.Script(text, { cachedData: bad() }).runInThisContext()",
  "new vm.Script.prototype.constructor(text, { cachedData: bad() }).runInThisContext()",
  "new (class extends vm.Script {})(text, { cachedData: bad() }).runInThisContext()",
  "vm.runInThisContext(text, { cachedData: bad() })",
  "vm.runInNewContext(text, {}, { cachedData: bad() })",
  "vm.runInContext(text, vm.createContext({}), { cachedData: bad() })",
  'vm.compileFunction("return 2", [], { cachedData: bad() })()',
  "let n = 0; new vm.Script(text, { get cachedData() { return n++ > 0 ? bad() : undefined; } }).runInThisContext()",
  "vm.createScript === undefined ? 2 : vm.createScript(text, { cachedData: bad() }).runInThisContext()",
  // Node ends the process when the class inside is called as its own is not.
  'try { new (Object.getPrototypeOf(vm.Script))(text, "x.js", 0, 0, bad(), false, undefined); } catch {} 2',
  "try { Object.getPrototypeOf(vm.Script.prototype).runInContext.call(new vm.Script(text)); } catch {} 2",
];
const CACHE = `
  import vm from "node:vm";
  const text = "1; function long() { return 'long enough for a cache' + [1, 2, 3].join(); } long(); 2";
  const bad = () => {
    const bytes = new vm.Script(text, { produceCachedData: true }).createCachedData();
    for (let n = 32; n < bytes.length; n++) bytes[n] ^= 0x55;
    return bytes;
  };`;
/** The same for who makes scripts of its own, the module itself for one. */
const POLLUTED = `
  Object.prototype.cachedData = bad();
  const results = [
    new vm.Script(text).runInThisContext(),
    vm.runInThisContext(text, "name.js"),
    vm.runInNewContext(text),
    vm.runInNewContext(text, {}, "name.js"),
    vm.runInContext(text, vm.createContext({})),
    vm.compileFunction("return 2")(),
  ].join("");
  results`;

/** Asserts that it takes no code cache. */
export async function takesNoCache(interpreter: Interpreter): Promise<void> {
  await interpreter.run(CACHE);
  for (const source of CACHED) assert.equal(await interpreter.evaluate(source), 2, source);
  const rejected = "new vm.Script(text, { cachedData: bad() }).cachedDataRejected";
  assert.equal(await interpreter.evaluate(rejected), true);
  assert.equal(await interpreter.evaluate(POLLUTED), "222222");
  assert.equal(await interpreter.evaluate("let fresh = 1; fresh + 1 // other than before"), 2);
  await interpreter.run("delete Object.prototype.cachedData;");
}
