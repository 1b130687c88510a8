// What a thread loads before source runs: the graph of imports from its entry.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const src = new URL("../../src/", import.meta.url);

test("the worker entry loads no Effect, no XState and no parser", async () => {
  const { files, packages } = await follow("guest/entry.ts", { dynamic: true });
  assert.deepEqual(packages.filter((name) => !name.startsWith("node:")), []);
  const rooms = new Set(files.map((file) => file.slice(0, file.indexOf("/"))));
  assert.deepEqual([...rooms].filter((room) => ["host", "source", "effect"].includes(room)), []);
  assert.ok(files.includes("guest/evaluate.ts"), "the graph has been followed");
});

test("the worker entry says that it is ready before it loads the rest", async () => {
  const { files } = await follow("guest/entry.ts", { dynamic: false });
  assert.deepEqual(files, [
    "guest/entry.ts",
  ]);
});

/** The files and the packages that a file imports, directly or not, but not for types alone. */
async function follow(
  entry: string,
  { dynamic }: { readonly dynamic: boolean },
): Promise<{ readonly files: string[]; readonly packages: string[] }> {
  const files = new Set<string>();
  const packages = new Set<string>();
  const queue = [new URL(entry, src)];
  for (const url of queue) {
    const file = url.href.slice(src.href.length);
    if (files.has(file)) continue;
    files.add(file);
    const text = await readFile(url, "utf8");
    const found = [
      ...text.matchAll(/^(?:import|export)(?! type\b)(?: [^;"]* from)? "([^"]+)";$/gm),
    ];
    if (dynamic) found.push(...text.matchAll(/\bimport\("([^"]+)"\)/g));
    for (const [, specifier = ""] of found) {
      if (specifier.startsWith(".")) queue.push(new URL(specifier, url));
      else packages.add(specifier);
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() };
}
