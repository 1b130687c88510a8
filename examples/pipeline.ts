// Finds the most visited pages in a web server's log: three interpreters, joined by channels.
//
//   read the lines → parse them → count
//
//   deno run -A examples/pipeline.ts [LOG] · bun examples/pipeline.ts · npx tsx examples/pipeline.ts
//
// Each stage has a thread of its own and hands on a batch only when the next one takes it. So
// a stage that is slow holds back those before it, and the memory stays small however long the
// log is. `--slow 20` makes the last stage wait 20 ms at each batch, and shows it. Without a
// log one is made up.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import {
  create,
  createChannel,
  type RecvChannel,
  RunFailedError,
  type SendChannel,
} from "subinterpreters";

/** One request, as a line of the log tells it. */
interface Request {
  readonly client: string;
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
}

/** How a stage spent its time, in milliseconds. */
interface Times {
  readonly batches: number;
  readonly total: number;
  readonly waitedForInput: number;
  readonly waitedForNext: number;
}

interface Page {
  readonly path: string;
  readonly hits: number;
  readonly errors: number;
  readonly clients: number;
  readonly bytes: number;
}

// The stages. Only their text goes to the interpreters, so what they need they import there.

async function readLines(file: string, lines: SendChannel<string[]>): Promise<Times> {
  const { createReadStream } = await import("node:fs");
  const started = performance.now();
  let [batches, waitedForNext, rest] = [0, 0, ""];
  const handOn = async (batch: string[]) => {
    const before = performance.now();
    await lines.send(batch); // Resolves when the next stage has taken it.
    waitedForNext += performance.now() - before;
    batches++;
  };
  for await (const text of createReadStream(file, { encoding: "utf8" })) {
    const batch = (rest + text).split("\n");
    rest = batch.pop() ?? "";
    if (batch.length > 0) await handOn(batch);
  }
  if (rest !== "") await handOn([rest]);
  lines.close();
  return { batches, total: performance.now() - started, waitedForInput: 0, waitedForNext };
}

async function parse(
  lines: RecvChannel<string[]>,
  requests: SendChannel<Request[]>,
): Promise<Times> {
  const LINE = /^(\S+) \S+ \S+ \[[^\]]+\] "\S+ ([^\s?"]+)[^"]*" (\d{3}) (\d+|-)/;
  const started = performance.now();
  let [batches, waitedForInput, waitedForNext] = [0, 0, 0];
  let before = started;
  for await (const batch of lines) {
    waitedForInput += performance.now() - before;
    const parsed = batch.flatMap((line) => {
      const [, client, path, status, bytes] = LINE.exec(line) ?? [];
      if (client === undefined || path === undefined) return [];
      return [{ client, path, status: Number(status), bytes: Number(bytes) || 0 }];
    });
    before = performance.now();
    await requests.send(parsed);
    waitedForNext += performance.now() - before;
    batches++;
    before = performance.now();
  }
  requests.close();
  return { batches, total: performance.now() - started, waitedForInput, waitedForNext };
}

async function count(
  requests: RecvChannel<Request[]>,
  slowMs: number,
): Promise<Times & { pages: Page[]; requests: number }> {
  const started = performance.now();
  let [batches, waitedForInput, total] = [0, 0, 0];
  let before = started;
  const pages = new Map<
    string,
    { hits: number; errors: number; bytes: number; clients: Set<string> }
  >();
  for await (const batch of requests) {
    waitedForInput += performance.now() - before;
    for (const { client, path, status, bytes } of batch) {
      const page = pages.get(path) ?? { hits: 0, errors: 0, bytes: 0, clients: new Set() };
      pages.set(path, page);
      page.hits++;
      if (status >= 400) page.errors++;
      page.bytes += bytes;
      page.clients.add(client);
    }
    total += batch.length;
    if (slowMs > 0) await new Promise((resolve) => setTimeout(resolve, slowMs));
    batches++;
    before = performance.now();
  }
  return {
    batches,
    total: performance.now() - started,
    waitedForInput,
    waitedForNext: 0,
    requests: total,
    pages: [...pages].map(([path, { clients, ...page }]) => ({
      path,
      ...page,
      clients: clients.size,
    })),
  };
}

/** Runs the three stages over a log. */
async function analyze(log: string, slowMs: number) {
  const [lineRecv, lineSend] = createChannel<string[]>();
  const [requestRecv, requestSend] = createChannel<Request[]>();
  await using reader = await create({ name: "read" });
  await using parser = await create({ name: "parse" });
  await using counter = await create({ name: "count" });
  const stages = [
    reader.call(readLines, log, lineSend),
    parser.call(parse, lineRecv, requestSend),
    counter.call(count, requestRecv, slowMs),
  ] as const;
  try {
    return await Promise.all(stages);
  } catch (error) {
    // One has failed: the others wait for it no longer.
    lineSend.close({ force: true });
    requestSend.close({ force: true });
    await Promise.allSettled(stages);
    throw error;
  }
}

/** A log of so many requests that nobody made, the same each time. */
function makeUp(requests: number): string {
  const paths = ["/", "/about", "/search?q=a", "/api/items", "/api/items/7", "/logo.svg", "/gone"];
  let seed = 1;
  const below = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
  return Array.from({ length: requests }, () => {
    const path = paths[below(below(paths.length) + 1)] ?? "/";
    const status = path === "/gone" ? 404 : below(100) === 0 ? 500 : 200;
    return `10.0.${below(4)}.${below(256)} - - [29/Nov/2026:00:00:00 +0000] ` +
      `"GET ${path} HTTP/1.1" ${status} ${below(20_000)}\n`;
  }).join("");
}

const USAGE = "pipeline.ts [--slow MS] [LOG]";

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { slow: { type: "string", default: "0" } },
  });
  const slowMs = Number(values.slow);
  if (!(slowMs >= 0)) throw new TypeError(`--slow must be milliseconds, received ${values.slow}`);
  if (positionals.length > 1) throw new TypeError("There can be one log");
  const folder = mkdtempSync(join(tmpdir(), "pipeline-"));
  try {
    const madeUp = join(folder, "access.log");
    const [log = madeUp] = positionals;
    if (log === madeUp) writeFileSync(madeUp, makeUp(100_000));
    const [read, parsed, counted] = await analyze(log, slowMs);
    console.log(`${counted.requests} requests\n\n   hits  errors  clients      MB  path`);
    for (const page of counted.pages.sort((a, b) => b.hits - a.hits).slice(0, 10)) {
      const { hits, errors, clients, bytes, path } = page;
      console.log(
        `${pad(hits, 7)} ${pad(errors, 7)} ${pad(clients, 8)} ${pad((bytes / 1e6).toFixed(1), 7)}` +
          `  ${path}`,
      );
    }
    console.log("\nstage  batches  worked ms  waited for input ms  waited for the next stage ms");
    for (const [name, times] of [["read", read], ["parse", parsed], ["count", counted]] as const) {
      const { batches, total, waitedForInput, waitedForNext } = times;
      const worked = Math.round(total - waitedForInput - waitedForNext);
      console.log(
        `${name.padEnd(5)} ${pad(batches, 8)} ${pad(worked, 10)} ` +
          `${pad(Math.round(waitedForInput), 20)} ${pad(Math.round(waitedForNext), 29)}`,
      );
    }
    return 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function pad(value: number | string, width: number): string {
  return String(value).padStart(width);
}

try {
  process.exitCode = await main();
} catch (error) {
  // What a stage threw, or what is wrong with the arguments.
  if (!(error instanceof RunFailedError || error instanceof TypeError)) throw error;
  console.error(`${error.message}\n${USAGE}`);
  process.exitCode = 1;
}
