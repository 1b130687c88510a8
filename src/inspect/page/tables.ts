// The tables of what a snapshot says.

import type { ChannelView, InterpreterView, RunView, Snapshot } from "../protocol.ts";
import { type Cell, element, fill, setText } from "./dom.ts";
import { bytes, clock, count, duration, share } from "./words.ts";

/** More rows than this are not shown. */
const MOST_ROWS = 200;
const MOST_RUNS = 12;

/** Shows the snapshot, as it is now. */
export function show(snapshot: Snapshot, now: number): void {
  const { process, interpreters, channels, pools, ended, runs } = snapshot;
  setText(
    element("process"),
    `${process.runtime} ${process.version}, process ${process.pid}, ${bytes(process.memory)}, CPU ${
      share(process.cpu)
    }`,
  );
  setText(element("interpreters-count"), countOf(interpreters));
  setText(element("channels-count"), countOf(channels));
  fill("interpreters", first(interpreters).map((one) => interpreterRow(one, now)));
  fill("channels", first(channels).map(channelRow));
  fill("runs", runs.slice(-MOST_RUNS).toReversed().map(runRow));
  fill(
    "pools",
    first(pools).map(({ name, state, maxWorkers, stats }) =>
      cells(name, state, `${stats.workers} of ${maxWorkers}`, count(stats.queued))
        .concat(cells(count(stats.running), count(stats.done), count(stats.failed)))
    ),
  );
  fill(
    "ended",
    ended.slice(-MOST_RUNS).toReversed().map(({ id, name, reason, exitCode, duration: ms, end }) =>
      cells(String(id), name, exitCode === null ? reason : `${reason} ${exitCode}`, duration(ms))
        .concat(cells(clock(end)))
    ),
  );
}

function interpreterRow(interpreter: InterpreterView, now: number): Cell[] {
  const { id, name, state, run, runs, heapUsed, cpu } = interpreter;
  const progress = run === null ? "" : `${duration(Math.max(0, now - run.start))}  ${run.excerpt}`;
  return [
    ...cells(String(id), name),
    { text: state, mark: state },
    ...cells(progress, count(runs), bytes(heapUsed), share(cpu)),
  ];
}

function channelRow(channel: ChannelView): Cell[] {
  const { kind, id, depth, capacity, waitingReceivers, waitingSenders, received, rate } = channel;
  const isFull = capacity !== null && depth >= capacity;
  return [
    ...cells(`${kind} ${id}`),
    {
      text: capacity === null ? count(depth) : `${count(depth)} of ${count(capacity)}`,
      mark: isFull ? "terminated" : "",
    },
    ...cells(count(waitingReceivers), count(waitingSenders), count(received), count(rate)),
  ];
}

function runRow({ interpreter, excerpt, outcome, error, start, end }: RunView): Cell[] {
  return [
    ...cells(String(interpreter), error === null ? excerpt : `${excerpt}  ${error}`),
    { text: outcome ?? "", mark: outcome ?? "" },
    ...cells(duration((end ?? start) - start), clock(start)),
  ];
}

function cells(...texts: string[]): Cell[] {
  return texts.map((text) => ({ text }));
}

function first<T>(list: readonly T[]): readonly T[] {
  return list.slice(0, MOST_ROWS);
}

function countOf({ length }: { readonly length: number }): string {
  return length > MOST_ROWS ? `${length}, of which ${MOST_ROWS} are shown` : String(length);
}
