import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { RunFailedError } from "subinterpreters";
import { foreignProject } from "../helpers/foreign_project.ts";
import { scoped } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

/** Writes files into a folder that goes with the test, and gives its URL. */
function folderOf(t: TestContext, files: Readonly<Record<string, string>>): URL {
  const directory = mkdtempSync(join(tmpdir(), "subinterpreters-"));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory, name, ".."), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return pathToFileURL(`${directory}/`);
}

test("run() imports relative to baseUrl, statically and dynamically", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "subinterpreters-"));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "dep.mjs"), "export let n = 0; export const bump = () => ++n;");
  const interpreter = await scoped(t, { baseUrl: pathToFileURL(directory) });
  await interpreter.run(`import { bump } from "./dep.mjs"; bump();`);
  assert.equal(await interpreter.evaluate(`(await import("./dep.mjs")).bump()`), 2);
  await assert.rejects(interpreter.run(`import "./missing.mjs"`), RunFailedError);
  await assert.rejects(
    interpreter.run(`import { nothing } from "./dep.mjs"; nothing;`),
    (error) => error instanceof RunFailedError && error.excinfo.name === "SyntaxError",
  );
});

test("run() gives import.meta.url", async (t) => {
  const interpreter = await scoped(t, { baseUrl: "file:///somewhere/" });
  assert.equal(await interpreter.evaluate("import.meta.url"), "file:///somewhere/");
});

test("run() gives import.meta.resolve, which looks from baseUrl", async (t) => {
  const interpreter = await scoped(t, { baseUrl: "file:///somewhere/" });
  const resolved = await interpreter.evaluate(`
    ["./a.mjs", "/b.mjs", "fs", "node:fs", "bun:sqlite", "https://example.com/c.mjs", "subinterpreters"]
      .map(import.meta.resolve)
  `);
  assert.deepEqual(resolved, [
    "file:///somewhere/a.mjs",
    "file:///b.mjs",
    "node:fs",
    "node:fs",
    "bun:sqlite",
    "https://example.com/c.mjs",
    "subinterpreters",
  ]);
  await assert.rejects(
    interpreter.run(`import.meta.resolve("no-such-package")`),
    (error) => error instanceof RunFailedError && /no-such-package/.test(error.excinfo.message),
  );
});

test("run() imports a package of its baseUrl by the conditions of an import", async (t) => {
  const baseUrl = folderOf(t, {
    "package.json": '{ "type": "module" }',
    "node_modules/dual/package.json":
      '{ "name": "dual", "exports": { "import": "./esm.mjs", "require": "./cjs.cjs" } }',
    "node_modules/dual/esm.mjs": 'export default "esm";',
    "node_modules/dual/cjs.cjs": 'module.exports = "cjs";',
  });
  const interpreter = await scoped(t, { baseUrl });
  await interpreter.run(`import dual from "dual"`);
  assert.deepEqual(await interpreter.evaluate(`[dual, (await import("dual")).default]`), [
    "esm",
    "esm",
  ]);
  const resolved = await interpreter.evaluate(`import.meta.resolve("dual")`);
  assert.equal(resolved, new URL("node_modules/dual/esm.mjs", baseUrl).href);
});

test("run() imports by the names that the program itself has", async (t) => {
  const folder = await foreignProject(t, { imports: { "#mapped": "./mapped.mjs" } });
  writeFileSync(join(folder, "mapped.mjs"), "export default import.meta.url;");
  const baseUrl = pathToFileURL(`${folder}/`).href;
  const script = `
    import { create } from "subinterpreters";
    const interpreter = await create({ baseUrl: ${JSON.stringify(baseUrl)} });
    console.log(await interpreter.evaluate('(await import("#mapped")).default'));
    await interpreter.close();
  `;
  const { code, stdout, stderr } = await spawnScript(script, { config: join(folder, "deno.json") });
  assert.deepEqual([code, stdout.trim()], [0, `${baseUrl}mapped.mjs`], stderr);
  assert.doesNotMatch(stderr, /ExperimentalWarning/);
});

test("run() imports a module anew for each query", async (t) => {
  const baseUrl = folderOf(t, { "p#1 é.mjs": "export const v = 1" });
  const interpreter = await scoped(t, { baseUrl });
  const read = (query: string) =>
    interpreter.evaluate(`(await import("./p%231 %C3%A9.mjs${query}")).v`);
  assert.equal(await read(""), 1);
  writeFileSync(new URL("p%231 é.mjs", baseUrl), "export const v = 2");
  assert.deepEqual([await read("?reload=1"), await read("")], [2, 1]);
  writeFileSync(new URL("p%231 é.mjs", baseUrl), "export const v = 3");
  await interpreter.run(`import { v as again } from "./p%231 %C3%A9.mjs?reload=2"`);
  assert.deepEqual([await interpreter.evaluate("again"), await read("?reload=1")], [3, 2]);
});

test("run() names the specifier of a package that is not there", async (t) => {
  const interpreter = await scoped(t, { baseUrl: folderOf(t, {}) });
  await assert.rejects(
    interpreter.run(`import "no-such-package"`, { filename: "plugin.ts" }),
    (error) =>
      error instanceof RunFailedError &&
      error.excinfo.message.startsWith('Cannot import "no-such-package" from plugin.ts: there is'),
  );
});

test("run() imports TypeScript files by names that do not show it", async (t) => {
  const baseUrl = folderOf(t, {
    "package.json": `{ "type": "module", "imports": {
      "#typed": "./a.ts", "#import-only": { "import": "./b.ts" }
    } }`,
    "a.ts": "enum E { Three = 3 } export const v: number = E.Three;",
    "b.ts": "export const v: number = 4;",
    "js.js": 'export { v } from "./c.ts";',
    "c.ts": "export const v: number = 5;",
  });
  for (const [specifier, value] of [["#typed", 3], ["#import-only", 4]] as const) {
    const interpreter = await scoped(t, { baseUrl });
    assert.equal(await interpreter.evaluate(`(await import("${specifier}")).v`), value);
    // Node remembers what it could not load.
    assert.equal(await interpreter.evaluate(`(await import("./a.ts")).v`), 3);
    assert.equal(await interpreter.evaluate(`(await import("./js.js")).v`), 5);
  }
});

test("run() imports TypeScript through JavaScript, or says what to do", async (t) => {
  const baseUrl = folderOf(t, {
    "package.json": '{ "type": "module" }',
    "js.js": 'export { v } from "./a.ts";',
    "a.ts": "export const v: number = 5;",
  });
  const interpreter = await scoped(t, { baseUrl });
  const imported = interpreter.evaluate(`(await import("./js.js")).v`);
  if (runtime !== "node") assert.equal(await imported, 5);
  else {
    await assert.rejects(
      imported,
      /Cannot import "\.\/js\.js": it imports TypeScript from JavaScript; in a new interpreter/,
    );
  }
});

test("run() imports TypeScript files, with what they import and with enums", async (t) => {
  const baseUrl = folderOf(t, {
    "package.json": '{ "type": "module" }',
    "a.ts": 'import { b, type B } from "./b.mts"; enum E { Three = 3 }\n' +
      "export const v: B = E.Three + b;",
    "b.mts": "export type B = number; export const b: B = 4 as number;",
    "js.js": 'export { v } from "./a.ts";',
    "wrong.ts": "export const = 1;",
  });
  const interpreter = await scoped(t, { baseUrl });
  await interpreter.run(`import { v } from "./a.ts"`);
  assert.deepEqual(
    await interpreter.evaluate(`[v, (await import("./js.js")).v, (await import("./a.ts?1")).v]`),
    [7, 7, 7],
  );
  await assert.rejects(interpreter.run(`import "./wrong.ts"`), RunFailedError);
  assert.equal(await interpreter.evaluate("1 + 1"), 2);
});
