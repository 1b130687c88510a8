// What every workload shares: alternating samples of ours and of the control on
// the bare runtime, medians, and one JSON line for each row.

import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import wt from "node:worker_threads";

/** One row: what it is, and what a figure above or below the goal means. */
export interface Row {
  readonly row: string;
  /** Whose figure stands beside the control's, in a row that several have; else the module's. */
  readonly by?: string;
  /** Median of ours and of the control, in the unit. */
  readonly ours: number;
  readonly control: number;
  readonly unit: "µs" | "ms" | "items/s" | "calls/s" | "MiB" | "KiB";
  /** Ours divided by the control's. */
  readonly ratio: number;
  /** Lowest and highest ratio of the samples. */
  readonly spread: readonly [number, number];
  readonly goal: string;
}

/** In the place of a row that could not be measured. */
export interface Failure extends Pick<Row, "row" | "by"> {
  /** Why, in few words. */
  readonly failed: string;
}

/** Takes samples of both, one after the other, and prints the row. */
export async function compare(
  options: Pick<Row, "row" | "by" | "unit" | "goal"> & {
    readonly samples?: number;
  },
  ours: () => Promise<number> | number,
  control: () => Promise<number> | number,
): Promise<void> {
  const { samples = 9, ...rest } = options;
  const pairs: [number, number][] = [];
  for (let n = 0; n < samples + 1; n++) {
    const pair: [number, number] = n % 2 === 0
      ? [await ours(), await control()]
      : (await swap(control, ours));
    // The first pair warms both up.
    if (n > 0) pairs.push(pair);
  }
  const ratios = pairs.map(([a, b]) => a / b).sort((a, b) => a - b);
  const row: Row = {
    ...rest,
    ours: median(pairs.map(([a]) => a)),
    control: median(pairs.map(([, b]) => b)),
    ratio: median(ratios),
    spread: [ratios[0] ?? NaN, ratios.at(-1) ?? NaN],
  };
  console.log(JSON.stringify(row));
}

async function swap(
  control: () => Promise<number> | number,
  ours: () => Promise<number> | number,
): Promise<[number, number]> {
  const b = await control();
  return [await ours(), b];
}

/** The middle of the values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** Milliseconds that the work takes. */
export async function time(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const TICK_MS = 2;

/** The longest gap between two ticks while the work goes on. */
export async function worstGap(work: () => Promise<unknown>): Promise<number> {
  let worst = 0;
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    worst = Math.max(worst, now - last);
    last = now;
  };
  const ticks = setInterval(look, TICK_MS);
  await work();
  await sleep(TICK_MS);
  look();
  clearInterval(ticks);
  return worst;
}

/** Runs a workload's file with arguments in a fresh process of this runtime. */
export function fresh(
  file: string,
  args: readonly string[],
  timeoutMs?: number,
): SpawnSyncReturns<string> {
  const flags = "Deno" in globalThis ? ["run", "-A"] : process.execArgv;
  return spawnSync(process.execPath, [...flags, file, ...args], {
    encoding: "utf8",
    killSignal: "SIGKILL",
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
  });
}

interface Messages {
  post(message: unknown, transfer?: readonly unknown[]): void;
  listen(listener: (message: unknown) => void): void;
  terminate(): unknown;
}

interface BunWorker {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  onmessage: ((event: { data: unknown }) => void) | null;
  terminate(): void;
}

declare const Worker: new (url: string) => BunWorker;

/** A worker of the kind that the module uses on this runtime, without the module. */
export function bareWorker(url: URL): Messages {
  if ("Bun" in globalThis) {
    const worker = new Worker(url.href);
    return {
      post: (message, transfer = []) => worker.postMessage(message, transfer),
      listen: (listener) => {
        worker.onmessage = (event) => listener(event.data);
      },
      terminate: () => worker.terminate(),
    };
  }
  const worker = new wt.Worker(url, { execArgv: [] });
  return {
    post: (message, transfer = []) =>
      worker.postMessage(message, transfer as readonly wt.TransferListItem[]),
    listen: (listener) => {
      worker.removeAllListeners("message");
      worker.on("message", listener);
    },
    terminate: () => worker.terminate(),
  };
}

/** The bare worker that all controls use. */
export const BARE: URL = new URL("./bare_worker.mjs", import.meta.url);

/** The next message of a bare worker. */
export function next(worker: Messages): Promise<unknown> {
  return new Promise((resolve) => worker.listen(resolve));
}
