// Every row of docs/enforcement.md is attempted here, and its cell for this runtime must
// say what was seen. `npm run enforcement` writes the document anew.

import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { readTable } from "../helpers/enforcement_table.ts";
import { runtime } from "../helpers/runtime.ts";
import { withoutSpares } from "../helpers/sandbox.ts";
import { guarantees } from "./guarantees.ts";

const table = readTable(
  readFileSync(new URL("../../docs/enforcement.md", import.meta.url), "utf8"),
);
const record = process.env["OBSERVATIONS"];

withoutSpares();

for (const { section, guarantee, observe } of guarantees) {
  test(`docs/enforcement.md is right: ${guarantee}`, { timeout: 60_000 }, async () => {
    const observation = await observe();
    if (record !== undefined) {
      const line = { section, guarantee, runtime, observation };
      appendFileSync(record, `${JSON.stringify(line)}\n`);
      return;
    }
    assert.equal(table.get(guarantee)?.[runtime], observation, "run `npm run enforcement`");
  });
}

test("docs/enforcement.md has no row that is not attempted", () => {
  const attempted = new Set(guarantees.map(({ guarantee }) => guarantee));
  const sections = new Set(guarantees.map(({ section }) => section));
  const rows = [...table.keys()].filter((row) => !sections.has(row));
  assert.deepEqual(rows.filter((row) => !attempted.has(row)), []);
});
