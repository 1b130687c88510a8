// What the outcomes on several runtimes say together: a test counts as passed only if
// it passed on each of them. Pure; knows neither processes nor files.

import type { Outcome } from "./runtimes.ts";

/** The sum of all outcomes. */
export interface Verdict {
  /** Names of tests that passed on every runtime. */
  readonly passed: number;
  /** Everything else: names that did not, and problems that belong to no test. */
  readonly failed: number;
  /** One line for each of the failed. */
  readonly complaints: readonly string[];
}

/** Compares what ran on each runtime. */
export function judge(outcomes: readonly Outcome[]): Verdict {
  const problems = outcomes.flatMap(({ runtime, problem }) =>
    problem === undefined ? [] : [`${runtime} ${problem}`]
  );
  const names = new Set(outcomes.flatMap(({ cases }) => cases.map(({ name }) => name)));
  const complaints: string[] = [];
  for (const name of names) {
    const states = outcomes.map((outcome) => `${outcome.runtime} ${stateOf(name, outcome)}`);
    if (states.some((state) => !state.endsWith(" passed"))) {
      complaints.push(`${name}: ${states.join(", ")}`);
    }
  }
  const failed = problems.length + complaints.length;
  return {
    passed: names.size - complaints.length,
    failed,
    complaints: [...problems, ...complaints],
  };
}

/** A table with a row for each runtime. */
export function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ runtime, cases, seconds }) => {
    const passed = cases.filter((one) => one.passed).length;
    return [runtime, `${passed}`, `${cases.length - passed}`, `${seconds.toFixed(1)} s`];
  });
  return [["runtime", "passed", "failed", "time"], ...rows]
    .map(([first = "", ...rest]) =>
      first.padEnd(8) + rest.map((cell) => cell.padStart(10)).join("")
    )
    .join("\n");
}

/** The slowest tests and the slowest files of a runtime. */
export function slowest({ runtime, cases }: Outcome): string {
  const files = new Map<string, number>();
  for (const { file, seconds } of cases) files.set(file, (files.get(file) ?? 0) + seconds);
  const tests = cases.map(({ name, seconds }) => [name, seconds] as const);
  const list = (all: Iterable<readonly [string, number]>) =>
    [...all].toSorted(([, a], [, b]) => b - a).slice(0, 10)
      .map(([what, seconds]) => `${seconds.toFixed(1).padStart(6)} s  ${what}`);
  return [
    `${runtime}, slowest tests:`,
    ...list(tests),
    `${runtime}, slowest files:`,
    ...list(files),
  ]
    .join("\n");
}

function stateOf(name: string, { cases }: Outcome): string {
  const [first, ...others] = cases.filter((one) => one.name === name);
  if (first === undefined) return "did not run it";
  if (others.length > 0) return `has ${others.length + 1} tests of this name`;
  return first.passed ? "passed" : "failed";
}
