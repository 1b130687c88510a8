// What do an idle interpreter and an idle channel weigh, beside a bare worker and a
// `MessageChannel`? Each sample is a fresh process: memory once used is used again.

import process from "node:process";
import { fileURLToPath } from "node:url";
import { BARE, bareWorker, compare, fresh, next } from "./harness.ts";

const FEW = 20;
const MANY = 10_000;
const kept: unknown[] = [];

const MAKERS: Readonly<Record<string, (module: typeof import("subinterpreters")) => unknown>> = {
  interpreters: async ({ create }) => {
    for (let n = 0; n < FEW; n++) kept.push(await create());
  },
  workers: async () => {
    for (let n = 0; n < FEW; n++) {
      const worker = bareWorker(BARE);
      await next(worker);
      kept.push(worker);
    }
  },
  channels: ({ createChannel }) => {
    for (let n = 0; n < MANY; n++) kept.push(createChannel());
  },
  ports: () => {
    for (let n = 0; n < MANY; n++) kept.push(new MessageChannel());
  },
};

async function grow(make: string): Promise<number> {
  const module = await import("subinterpreters");
  await MAKERS[make]?.(module);
  return process.memoryUsage.rss();
}

const [make] = process.argv.slice(2);
if (make !== undefined) {
  console.log(await grow(make));
  process.exit(0);
}
function weigh(what: string): number {
  const { status, stdout, stderr } = fresh(fileURLToPath(import.meta.url), [what]);
  if (status !== 0) throw new Error(`Cannot weigh ${what}: its process failed\n${stderr}`);
  return Number(stdout);
}
const each = (what: string, count: number) => (weigh(what) - weigh("nothing")) / count;
await compare(
  { row: "an idle interpreter / a bare worker", unit: "MiB", goal: "<= 1.15", samples: 5 },
  () => each("interpreters", FEW) / 2 ** 20,
  () => each("workers", FEW) / 2 ** 20,
);
await compare(
  { row: "an idle channel / a MessageChannel", unit: "KiB", goal: "-", samples: 5 },
  () => each("channels", MANY) / 2 ** 10,
  () => each("ports", MANY) / 2 ** 10,
);
