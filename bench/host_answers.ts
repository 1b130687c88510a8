// How long can interpreters keep the program from its own timers? Each attack goes on for a
// second; the figure is the longest time between two ticks of the event loop. The control
// is the same number of bare workers that take a core each.

import { setTimeout as sleep } from "node:timers/promises";
import { create, type CreateOptions, type Interpreter } from "subinterpreters";
import { BARE, bareWorker, compare, worstGap } from "./harness.ts";

const ATTACK_MS = 1_000;
const SPIN = new URL("./spinning_worker.mjs", import.meta.url);

const MAIN = `import { getMain } from "subinterpreters"; const main = getMain();`;
const FORGE = `
const own = /<\\d+>/.exec(new Error().stack)[0];
const stack = (own + ":1:9999999 ").repeat(100_000 / (own.length + 11) | 0);
const make = () => Object.defineProperty(new Error("x"), "stack", { value: stack });
let error = make();
for (let n = 0; n < 12; n++) { const outer = make(); outer.cause = error; error = outer; }`;

/** What source does, again and again. */
const ATTACKS: Readonly<Record<string, { source: string; options?: CreateOptions }>> = {
  "output": {
    source: `const text = "x".repeat(60_000); for (;;) process.stdout.write(text);`,
    options: { stdout: () => {} },
  },
  "small requests": { source: `${MAIN} for (;;) void main.close().catch(() => {});` },
  "long sources": {
    source: `${MAIN} const text = "x".repeat(2 ** 22);
    for (;;) void main.run(text).catch(() => {});`,
  },
  "errors nobody catches": {
    source: `${FORGE} setInterval(() => { throw error; }, 1); await new Promise(() => {});`,
    options: { stderr: "ignore" },
  },
};

async function attack(team: readonly Interpreter[], source: string): Promise<void> {
  const runs = team.map((one) => one.run(source, { timeout: ATTACK_MS }).catch(() => {}));
  // An error that nobody catches ends the run, not what throws the next one.
  await Promise.all([...runs, sleep(ATTACK_MS)]);
}

async function spin(count: number): Promise<void> {
  const workers = Array.from({ length: count }, () => bareWorker(SPIN));
  await sleep(ATTACK_MS);
  for (const worker of workers) void worker.terminate();
  // Deno's go on until they are done.
  await sleep(ATTACK_MS);
}

for (const [what, { source, options }] of Object.entries(ATTACKS)) {
  for (const count of [1, 4]) {
    await compare(
      {
        row: `worst gap under ${what} of ${count} / ${count} bare workers that spin`,
        unit: "ms",
        goal: count === 1 ? "ours < 100 ms" : "ours < 250 ms",
        samples: 3,
      },
      async () => {
        const team = await Promise.all(Array.from({ length: count }, () => create(options)));
        for (const one of team) await one.run("");
        const gap = await worstGap(() => attack(team, source));
        await Promise.all(team.map((one) => one.terminate()));
        return gap;
      },
      () => worstGap(() => spin(count)),
    );
  }
}

await compare(
  {
    row: "worst gap of 60 create() at once / 60 bare workers in a row",
    unit: "ms",
    goal: "ours < 100 ms",
    samples: 3,
  },
  async () => {
    let team: Interpreter[] = [];
    const gap = await worstGap(async () => {
      team = await Promise.all(Array.from({ length: 60 }, () => create()));
    });
    await Promise.all(team.map((one) => one.terminate()));
    return gap;
  },
  async () => {
    const team: ReturnType<typeof bareWorker>[] = [];
    const gap = await worstGap(async () => {
      for (let n = 0; n < 60; n++) {
        team.push(bareWorker(BARE));
        await sleep(0);
      }
    });
    await Promise.all(team.map((one) => one.terminate()));
    return gap;
  },
);
