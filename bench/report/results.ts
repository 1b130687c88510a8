// bench/results.json: what was measured, where and with which versions.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import type { Failure, Row } from "../harness.ts";

/** One workload on one runtime, measured in one process. */
export interface Measurement {
  readonly workload: string;
  readonly runtime: string;
  /** Day of the measurement, as 2026-01-31. */
  readonly date: string;
  readonly rows: readonly (Row | Failure)[];
}

/** Everything measured on one machine with one set of versions. */
export interface Results {
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly measurements: readonly Measurement[];
}

const FILE = new URL("../results.json", import.meta.url);
const manifest = (path: string) =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as {
    version: string;
    dependencies: Record<string, string>;
  };

/** What the file holds; undefined if there is none. */
export function readResults(): Results | undefined {
  try {
    return JSON.parse(readFileSync(FILE, "utf8")) as Results;
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Puts the measurements into the file, each in the place of an earlier one. What another
 * machine measured, or other versions, is dropped: it would not compare.
 */
export function addResults(
  measurements: readonly Measurement[],
  commands: Readonly<Record<string, string>>,
): void {
  const machine = describeMachine();
  const versions = {
    subinterpreters: manifest("../../package.json").version,
    ...Object.fromEntries(
      Object.entries(commands).map(([runtime, command]) => [runtime, versionOf(command)]),
    ),
    ...manifest("../package.json").dependencies,
  };
  const before = readResults();
  const same = before?.machine === machine &&
    JSON.stringify(before.versions) === JSON.stringify(versions);
  const kept = (same ? before.measurements : []).filter((old) =>
    !measurements.some((one) => one.workload === old.workload && one.runtime === old.runtime)
  );
  const results: Results = { machine, versions, measurements: [...kept, ...measurements] };
  writeFileSync(FILE, `${JSON.stringify(results, undefined, 2)}\n`);
}

function versionOf(command: string): string {
  const output = execFileSync(command, ["--version"], { encoding: "utf8" });
  return /\d+\.\d+\.\d+/.exec(output)?.[0] ?? output.trim();
}

function describeMachine(): string {
  const cpus = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  const model = cpus[0]?.model.trim() || os.arch();
  return `${cpus.length} cores (${model}), ${memory} GiB, ${os.platform()} ${os.arch()}`;
}

/** Whether more is better. */
export function isRate(row: Row): boolean {
  return row.unit.endsWith("/s");
}

/** How many times as good as the control, median and spread: above 1 is better. */
export interface Advantage {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Turns ratios of times and of memory round, so that all rows read alike. */
export function advantage(row: Row): Advantage {
  const [low, high] = row.spread;
  return isRate(row)
    ? { median: row.ratio, low, high }
    : { median: 1 / row.ratio, low: 1 / high, high: 1 / low };
}
