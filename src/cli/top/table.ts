// The table of `top`: a snapshot of a program as lines that fit the terminal.

import { stripVTControlCharacters } from "node:util";

/** So many letters of a name are shown. */
const MOST_OF_NAME = 24;

/** What is read of the answer to `GET /snapshot`; src/inspect has all of it. */
export interface SnapshotView {
  readonly process?: {
    readonly pid?: number;
    readonly runtime?: string;
    readonly version?: string;
    readonly memory?: number | null;
    readonly cpu?: number | null;
  };
  readonly interpreters: readonly {
    readonly id: number;
    readonly name?: string;
    readonly state?: string;
    readonly runs?: number;
    readonly heapUsed?: number | null;
    readonly cpu?: number | null;
    readonly run?: { readonly excerpt?: string; readonly start?: number } | null;
  }[];
  readonly channels: readonly {
    readonly kind?: string;
    readonly id: number;
    readonly depth?: number;
    readonly waitingReceivers?: number | null;
    readonly waitingSenders?: number | null;
    readonly received?: number;
    readonly rate?: number | null;
  }[];
  readonly time?: number;
}

/** Whether the answer has what the table shows. */
export function isSnapshot(value: unknown): value is SnapshotView {
  if (typeof value !== "object" || value === null) return false;
  return ["interpreters", "channels"].every((key) => {
    const list: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
    return Array.isArray(list) &&
      list.every((one: unknown) => typeof one === "object" && one !== null && "id" in one);
  });
}

/** The table; each line fits, and there are no more lines than rows. */
export function tableOf(
  view: SnapshotView,
  size: { readonly columns: number; readonly rows: number },
): string {
  const { process: program = {}, interpreters, channels, time } = view;
  const running = interpreters.filter(({ state }) => state === "running").length;
  const lines = [
    [
      `${text(program.runtime ?? "?")} ${text(program.version ?? "")}`,
      `pid ${text(program.pid ?? "?")}`,
      ...typeof program.memory === "number" ? [bytes(program.memory)] : [],
      ...typeof program.cpu === "number" ? [`CPU ${program.cpu.toFixed(2)}`] : [],
    ].join("  "),
    `${interpreters.length} interpreters, ${running} running; ${channels.length} channels and queues`,
    "",
    ...aligned(
      ["ID", "NAME", "STATE", "FOR", "RUNS", "HEAP", "CPU", "SOURCE"],
      // Whoever is busy stands first.
      interpreters.toSorted((a, b) =>
        Number(b.state === "running") - Number(a.state === "running") || a.id - b.id
      ).map(({ id, state, runs, heapUsed, cpu, name, run }) => [
        text(id),
        cut(text(name ?? ""), MOST_OF_NAME),
        text(state ?? "?"),
        typeof run?.start === "number" && typeof time === "number"
          ? seconds(time - run.start)
          : "–",
        text(runs ?? "–"),
        typeof heapUsed === "number" ? bytes(heapUsed) : "–",
        typeof cpu === "number" ? cpu.toFixed(2) : "–",
        text(run?.excerpt ?? ""),
      ]),
    ),
    "",
    ...aligned(
      ["CHANNEL", "ITEMS", "RECV WAIT", "SEND WAIT", "RATE/S", "RECEIVED"],
      channels.map(({ kind, id, depth, waitingReceivers, waitingSenders, rate, received }) => [
        `${text(kind ?? "channel")} ${text(id)}`,
        ...[depth, waitingReceivers, waitingSenders, rate, received].map((figure) =>
          typeof figure === "number" ? String(Math.round(figure)) : "–"
        ),
      ]),
    ),
  ];
  const shown = lines.length <= size.rows ? lines : [
    ...lines.slice(0, Math.max(0, size.rows - 1)),
    `… ${lines.length - size.rows + 1} more lines`,
  ];
  return shown.map((line) => `${cut(line, size.columns)}\n`).join("");
}

/** Columns as wide as their widest; numbers end, words begin at one place. */
function aligned(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, at) => Math.max(...all.map((row) => (row[at] ?? "").length)));
  const isNumber = head.map((_, at) => rows.every((row) => /^[\d.–]|^$/.test(row[at] ?? "")));
  return all.map((row) =>
    row.map((cell, at) =>
      isNumber[at] === true ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)
    ).join("  ").trimEnd()
  );
}

/** What a program calls its things must not move the cursor of whoever looks, nor turn the line. */
function text(value: unknown): string {
  return stripVTControlCharacters(String(value)).replaceAll(/[\p{Cc}\p{Bidi_Control}]+/gu, " ");
}

function cut(line: string, width: number): string {
  const letters = Array.from(new Intl.Segmenter().segment(line), ({ segment }) => segment);
  return letters.length <= width ? line : `${letters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

function bytes(count: number): string {
  return `${(count / 2 ** 20).toFixed(count < 10 * 2 ** 20 ? 1 : 0)} MiB`;
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;
}
