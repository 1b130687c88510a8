// `top URL`: a table of what a program's interpreters and channels do, as the program's own live
// view (subinterpreters/inspect) tells it. What comes over the wire is checked and cleaned.

import process from "node:process";
import { columns, EXIT, UsageError, watchSignals, write, writeError } from "./terminal.ts";
import { isSnapshot, type SnapshotView, tableOf } from "./top/table.ts";

/** Longest time that an answer may take, in milliseconds. */
const LONGEST_MS = 5_000;
/** A snapshot is shorter, in characters: so long is one of 200000 channels. */
const LONGEST_SNAPSHOT = 2 ** 25;
/** Another screen, from which the terminal comes back as it was; without a cursor. */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";

/** Why there is no snapshot: the program is gone, or it is none that can be watched. */
class Unreachable extends Error {}

/** Shows the table until the program ends or somebody leaves. */
export async function top(
  address: string,
  { interval, once = false }: { readonly interval: number; readonly once?: boolean },
): Promise<number> {
  const url = snapshotUrl(address);
  const isLive = process.stdout.isTTY && !once;
  const watch = watchSignals();
  try {
    const first = await take(url);
    if (!isLive) {
      write(tableOf(first, { columns: process.stdout.isTTY ? columns() : 120, rows: Infinity }));
      return EXIT.ok;
    }
    return await show(url, { first, interval, signal: watch.signal });
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    if (watch.signal.aborted) return watch.code();
    writeError(`subinterpreters: ${error.message}\n`);
    return EXIT.failed;
  }
}

async function show(
  url: URL,
  { first, interval, signal }: {
    readonly first: SnapshotView;
    readonly interval: number;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  signal.addEventListener("abort", leave, { once: true });
  const forget = onKey(leave);
  const draw = (view: SnapshotView) => {
    const rows = process.stdout.rows > 0 ? process.stdout.rows : 24;
    const table = tableOf(view, { columns: columns(), rows: rows - 2 });
    write(`\x1b[H\x1b[J${table}\nq leaves`);
  };
  let view = first;
  const redraw = () => draw(view);
  process.stdout.on("resize", redraw);
  write(ENTER);
  let farewell = "";
  try {
    for (;;) {
      draw(view);
      await pause(interval, leaving.signal);
      if (leaving.signal.aborted) break;
      view = await take(url);
    }
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    farewell = "The program can be reached no more\n";
  } finally {
    process.stdout.off("resize", redraw);
    forget();
    write(LEAVE + farewell);
  }
  return EXIT.ok;
}

/** Calls back when somebody wants to leave: q, Escape, Ctrl-C or Ctrl-D. */
function onKey(leave: () => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => {};
  const listener = (key: Uint8Array) => {
    if (["q", "Q", "\x1b", "\x03", "\x04"].includes(String(key))) leave();
  };
  stdin.setRawMode(true);
  stdin.resume();
  stdin.on("data", listener);
  return () => {
    stdin.off("data", listener);
    stdin.setRawMode(false);
    stdin.pause();
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

function snapshotUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw new UsageError(
      `Cannot watch "${address}": it is no address; serve() of subinterpreters/inspect gives one, http://127.0.0.1:8080/?token=…`,
    );
  }
  url.pathname = "/snapshot";
  return url;
}

async function take(url: URL): Promise<SnapshotView> {
  const { host } = url;
  let response: Response;
  let view: unknown;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(LONGEST_MS), redirect: "error" });
    if (response.ok) view = await readJson(response);
    else await response.body?.cancel();
  } catch (cause) {
    throw new Unreachable(
      `Cannot watch ${host}: nobody answers there; does the program still run, and has it called serve()?`,
      { cause },
    );
  }
  if (response.status === 401 || response.status === 403) {
    throw new Unreachable(`Cannot watch ${host}: the token is wrong; give the whole address`);
  }
  if (!isSnapshot(view)) {
    throw new Unreachable(
      `Cannot watch ${host}: what answers there is no live view of this package`,
    );
  }
  return view;
}

/** What an answer says; nothing if it is no JSON, or longer than a snapshot ever is. */
async function readJson(response: Response): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    // Leaving the loop ends the connection.
    if (text.length > LONGEST_SNAPSHOT) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
