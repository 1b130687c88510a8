// A second try for the files that failed among all others, alone on the machine. CPython's CI
// does the same (`regrtest --rerun`): a failure that only load can bring says nothing of a change.

import type { Runtime } from "../helpers/runtime.ts";
import type { Outcome, Selection } from "./runtimes.ts";

/** What one process ran, and how it went. */
export interface Tried {
  readonly selection: Selection;
  readonly outcome: Outcome;
}

/** More failed tests than that, and it is not the machine. */
const MAX_FAILURES = 12;

/** Whether a second try may tell more than the first one. */
export function isWorthASecondTry(tried: readonly Tried[]): boolean {
  const count = tried.reduce((sum, { outcome: { problem, cases } }) => {
    const failed = cases.filter(({ passed }) => !passed).length;
    return sum + failed + (problem === undefined ? 0 : 1);
  }, 0);
  return count > 0 && count <= MAX_FAILURES;
}

/** What has to be tried again: the files with failures, or all of a process that went wrong. */
export function failedFiles({ selection: { files }, outcome }: Tried): readonly string[] {
  const failed = new Set(outcome.cases.filter(({ passed }) => !passed).map(({ file }) => file));
  const isKnown = outcome.problem === undefined &&
    [...failed].every((file) => files.includes(file));
  return isKnown ? [...failed] : files;
}

/** Both tries as one outcome, in which the second one counts. */
export function corrected({ selection, outcome: first }: Tried, second: Outcome): Outcome {
  const again = new Set(failedFiles({ selection, outcome: first }));
  return {
    ...second,
    cases: [...first.cases.filter(({ file }) => !again.has(file)), ...second.cases],
    seconds: first.seconds + second.seconds,
    output: `${first.output}\nSecond try of ${[...again].join(", ")}:\n${second.output}`,
  };
}

/** A line for each failure of the first try that the second one did not have. */
export function flakes({ outcome: first }: Tried, second: Outcome): readonly string[] {
  const isFailed = ({ cases }: Outcome, name: string) =>
    cases.some((one) => one.name === name && !one.passed);
  const problem = second.problem === undefined ? first.problem : undefined;
  return [
    ...problem === undefined ? [] : [problem],
    ...first.cases.filter(({ passed, name }) => !passed && !isFailed(second, name))
      .map(({ name }) => name),
  ].map((what) => said(first.runtime, what));
}

function said(runtime: Runtime, what: string): string {
  return `⚠ ${runtime} ${what}: failed at first, and passed when it had the machine to itself`;
}
