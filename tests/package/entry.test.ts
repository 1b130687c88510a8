// What a thread loads before source runs: two generated files.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const src = new URL("../../src/", import.meta.url);
const read = (file: string) => readFile(new URL(file, src), "utf8");

test("the worker entry loads no Effect, no XState and no parser", async () => {
  const { files, imported } = imports(await read("guest/bundle.js"));
  assert.deepEqual(imported.filter((name) => !name.startsWith("node:")), []);
  const rooms = new Set(files.map((file) => file.slice(0, file.indexOf("/"))));
  assert.deepEqual([...rooms].filter((room) => ["host", "source", "effect"].includes(room)), []);
  assert.ok(files.includes("guest/evaluate.ts"), "the graph has been followed");
});

test("the worker entry says that it is ready before it loads the rest", async () => {
  const { imported } = imports(await read("guest/entry.js"));
  assert.deepEqual(imported, ["node:module", "./bundle.js"]);
});

test("what a thread loads has no exports", async () => {
  for (const file of ["guest/entry.js", "guest/bundle.js"]) {
    assert.doesNotMatch(await read(file), /^\s*export\b/m, file);
  }
});

/** The sources that a generated file is made of, and what it imports, late or early. */
function imports(text: string): { readonly files: string[]; readonly imported: string[] } {
  // Examples in docstrings import, too.
  const code = text.replaceAll(/^\s*(?:\/\*\*|\*).*$/gm, "");
  const all = (pattern: RegExp) => [...code.matchAll(pattern)].map(([, found = ""]) => found);
  return {
    files: all(/^\/\/ src\/(.*)$/gm),
    imported: [...all(/^import [^;]* from "([^"]+)";$/gm), ...all(/\bimport\("([^"]+)"\)/g)],
  };
}
