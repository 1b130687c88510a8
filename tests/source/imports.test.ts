import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { RunFailedError } from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";

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
