// `npm run enforcement`: runs the attempts of tests/containment/guarantees.ts on the
// three runtimes and writes what they observed into docs/enforcement.md.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Observation, writeTables } from "../tests/helpers/enforcement_table.ts";
import type { Runtime } from "../tests/helpers/runtime.ts";
import { root } from "./launch.mjs";

interface Line {
  readonly section: string;
  readonly guarantee: string;
  readonly runtime: Runtime;
  readonly observation: Observation;
}

const BEGIN = "<!-- tables: begin (npm run enforcement) -->";
const END = "<!-- tables: end -->";

const folder = mkdtempSync(join(tmpdir(), "subinterpreters-enforcement-"));
const record = join(folder, "observations.jsonl");
try {
  execFileSync(process.execPath, [
    ...["--import", "tsx", "tests/run.ts", "tests/containment/enforcement.test.ts"],
    ...["--name", "docs/enforcement.md is right"],
  ], { cwd: root, stdio: "inherit", env: { ...process.env, OBSERVATIONS: record } });
  const sections = new Map<string, Map<string, Partial<Record<Runtime, Observation>>>>();
  for (const text of readFileSync(record, "utf8").trim().split("\n")) {
    const { section, guarantee, runtime, observation } = JSON.parse(text) as Line;
    const rows = sections.get(section) ?? new Map<string, Partial<Record<Runtime, Observation>>>();
    sections.set(section, rows);
    rows.set(guarantee, { ...rows.get(guarantee), [runtime]: observation });
  }
  const file = join(root, "docs", "enforcement.md");
  const text = readFileSync(file, "utf8");
  const [before] = text.split(BEGIN);
  const [, after] = text.split(END);
  writeFileSync(file, `${before}${BEGIN}\n\n${writeTables(sections)}\n\n${END}${after}`);
  execFileSync(join(root, "node_modules", ".bin", "deno"), ["fmt", "--quiet", file], { cwd: root });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
