// How do the module and its peers compare with the runtime's own workers and
// `postMessage`, when all a program wants is calls on another thread? Each peer has
// a process of its own, with the control in it: one that breaks takes no other along.

import process from "node:process";
import { fileURLToPath } from "node:url";
import { Bench } from "tinybench";
import { compare, type Failure, fresh, type Row, time } from "./harness.ts";
import { channelled, evaluated, imported, primitive, submitted } from "./peers/ours.ts";
import { TASKS, tasksAlone, tasksOn } from "./peers/tasks_of_5_ms.ts";
import type { StartTeam, Team } from "./peers/team.ts";
import { PEERS } from "./peers/theirs.ts";

const TEAMS: Readonly<Record<string, StartTeam>> = {
  "import()": imported,
  "evaluate()": evaluated,
  "a channel": channelled,
  "submit()": submitted,
  // Beside themselves: how far the machine alone moves a ratio.
  "bare workers": primitive,
  ...PEERS,
};
const FILE = fileURLToPath(import.meta.url);
const PROCESS_LIMIT_MS = 300_000;
const ANSWER_LIMIT_MS = 10_000;
const SUM = { a: 20, b: 22 };
const BURST = 10_000;
const ROWS = {
  latency: "a call and its answer",
  burst: "10,000 calls at once",
  cores: `${TASKS} tasks of 5 ms on two threads`,
  // The last one: some answer, but never end.
  fresh: "first answer of a fresh thread",
} as const;

/** Median latency of a call in µs, of those that fit into a tenth of a second. */
async function latency(team: Team): Promise<number> {
  const bench = new Bench({ time: 100, warmup: false, throws: true });
  const [task] = await bench.add("call", () => team.call("add", SUM)).run();
  if (task?.result.state !== "completed") {
    throw new Error("Cannot measure a call: it was aborted");
  }
  return task.result.latency.p50 * 1000;
}

async function perSecond(team: Team): Promise<number> {
  const ms = await time(() =>
    Promise.all(Array.from({ length: BURST }, () => team.call("add", SUM)))
  );
  return BURST / ms * 1000;
}

async function firstResult(start: StartTeam): Promise<number> {
  const started = performance.now();
  const team = await start(1);
  await within("answer", team.call("add", SUM));
  const ms = performance.now() - started;
  await within("end of its threads", team.stop());
  return ms;
}

async function within<Value>(
  what: string,
  promise: Promise<Value>,
): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`no ${what} within ${ANSWER_LIMIT_MS / 1000} s`);
    timer = setTimeout(() => reject(error), ANSWER_LIMIT_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function measure(by: string, start: StartTeam): Promise<void> {
  const [team, control] = [await start(1), await primitive(1)];
  const sum = await within("answer", team.call("add", SUM));
  if (sum !== SUM.a + SUM.b) throw new Error(`the answer was ${String(sum)}`);
  await compare(
    { row: ROWS.latency, by, unit: "µs", goal: "-" },
    () => latency(team),
    () => latency(control),
  );
  await compare(
    { row: ROWS.burst, by, unit: "calls/s", goal: "-" },
    () => perSecond(team),
    () => perSecond(control),
  );
  const two = await start(2);
  await compare(
    { row: ROWS.cores, by, unit: "ms", goal: "-", samples: 3 },
    () => tasksOn(two),
    tasksAlone,
  );
  await compare(
    { row: ROWS.fresh, by, unit: "ms", goal: "-" },
    () => firstResult(start),
    () => firstResult(primitive),
  );
}

/** The rows of one team; where there is none, a line that says why. */
function measureApart(by: string): readonly (Row | Failure)[] {
  const { status, signal, stdout, stderr } = fresh(FILE, [by], PROCESS_LIMIT_MS);
  const rows = stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Row);
  const why = signal === "SIGKILL"
    ? `no end within ${PROCESS_LIMIT_MS / 1000} s`
    : stderr.trim().split("\n").at(-1) || `it ended with ${status ?? signal}`;
  // Where a file lies on this machine is nobody's business.
  const failed = why.replaceAll(/(?:file:\/\/)?\/\S*\//g, "").slice(0, 160);
  const missing = Object.values(ROWS).filter((row) => !rows.some((one) => one.row === row));
  return [...rows, ...missing.map((row) => ({ row, by, failed }))];
}

const [by] = process.argv.slice(2);
if (by === undefined) {
  for (const team of Object.keys(TEAMS)) {
    for (const row of measureApart(team)) console.log(JSON.stringify(row));
  }
} else {
  const start = TEAMS[by];
  if (start === undefined) {
    throw new Error(`Cannot measure: there is no team "${by}"`);
  }
  try {
    await measure(by, start);
    // Not every peer lets the process end by itself.
    process.exit(0);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
