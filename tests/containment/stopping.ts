// Stops a run in each of the three ways while it is in the middle of something, and
// tells what the caller, the host and the system saw.

import { readFileSync } from "node:fs";
import {
  create,
  createChannel,
  type Interpreter,
  InterpreterTerminatedError,
  listAll,
} from "subinterpreters";

/** The ways to stop a run. */
export const WAYS = ["terminate()", "timeout", "signal"] as const;
type Way = (typeof WAYS)[number];

/** What was seen. */
export interface Seen {
  /** What the run ended with: the reason, or "the signal's reason", by way. */
  readonly ends: Readonly<Record<string, string>>;
  /** The time that nine of ten turns of the host's event loop took at most, in milliseconds. */
  readonly turnMs: number;
  /** The same of half of them. */
  readonly halfMs: number;
  /** States of the stopped threads that the system still knows, "R" or "S"; Linux alone tells. */
  readonly left: () => string[];
}

const TIMEOUT_MS = 60;
/** So long the source is given to get from its first word into what it is stopped in. */
const BEGUN_MS = 10;

const BEGIN = `
  import { host } from "subinterpreters";
  let thread = null;
  try { thread = process.getBuiltinModule("fs").readlinkSync("/proc/thread-self") } catch {}
  begun.sendNowait(thread);
`;

/** Runs the source three times, and stops each run in a way of its own. */
export async function stopInEveryWay(
  source: string,
  { atOnce = true }: { readonly atOnce?: boolean } = {},
): Promise<Seen> {
  const before = new Set(listAll());
  // Before anything is measured: to start a thread holds up the whole program on Deno, and
  // everywhere the first source and the first wait load something.
  const stopped = await Promise.all(WAYS.map(prepare));
  const gaps: number[] = [];
  let last = performance.now();
  const heartbeat = setInterval(() => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  }, 1);
  const threads: string[] = [];
  try {
    const stops: Stop[] = [];
    const stopBy = async ({ interpreter, way }: Started) =>
      stops.push(await stop(interpreter, { source, way, threads }));
    if (atOnce) await Promise.all(stopped.map(stopBy));
    else for (const one of stopped) await stopBy(one);
    gaps.sort((a, b) => a - b);
    return {
      ends: Object.fromEntries(stops.map(({ way, end }) => [way, end])),
      turnMs: gaps[Math.floor(gaps.length * 0.9)] ?? Infinity,
      halfMs: gaps[Math.floor(gaps.length * 0.5)] ?? Infinity,
      left: () => threads.map(stateOf).filter((state) => state !== undefined),
    };
  } finally {
    clearInterval(heartbeat);
    // These, and what the source has created, which outlives it.
    const created = listAll().filter((one) => !before.has(one));
    await Promise.all(created.map((one) => one[Symbol.asyncDispose]()));
  }
}

interface Stop {
  readonly way: Way;
  readonly end: string;
}

interface Started {
  readonly interpreter: Interpreter;
  readonly way: Way;
}

async function prepare(way: Way): Promise<Started> {
  const interpreter = await create({
    stdout: "ignore",
    functions: { hang: () => new Promise(() => {}) },
  });
  const [ready, send] = createChannel();
  const running = interpreter.run(
    "await new Promise((resolve) => setTimeout(resolve)); send.sendNowait(0);",
    { channels: { send } },
  );
  await ready.recv();
  await running;
  return { interpreter, way };
}

async function stop(
  interpreter: Interpreter,
  { source, way, threads }: {
    readonly source: string;
    readonly way: Way;
    readonly threads: string[];
  },
): Promise<Stop> {
  const [begunRecv, begun] = createChannel();
  const [, other] = createChannel();
  const [never] = createChannel();
  const controller = new AbortController();
  const running = interpreter.run(BEGIN + source, {
    channels: { begun, other, never },
    ...(way === "timeout" ? { timeout: TIMEOUT_MS } : {}),
    signal: controller.signal,
  });
  const end = running.then(() => "it ended by itself", (error: unknown) => {
    if (error === controller.signal.reason) return "the signal's reason";
    return error instanceof InterpreterTerminatedError ? error.reason : String(error);
  });
  if (way !== "timeout") {
    note(await begunRecv.recv({ timeout: 10_000 }), threads);
    await new Promise((resolve) => setTimeout(resolve, BEGUN_MS));
    stopNow(interpreter, way, controller);
  }
  const ended = await end;
  note(begunRecv.recvNowait(), threads);
  return { way, end: ended };
}

function stopNow(interpreter: Interpreter, way: Way, controller: AbortController): void {
  if (way === "signal") controller.abort(new Error("enough"));
  else void interpreter.terminate();
}

function note(thread: unknown, threads: string[]): void {
  if (typeof thread === "string") threads.push(thread);
}

function stateOf(thread: string): string | undefined {
  try {
    return / \(.*\) (\w) /.exec(readFileSync(`/proc/${thread}/stat`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}
