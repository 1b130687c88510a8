// Rows about the program's own event loop: what source does to keep it busy, and whether the
// program comes to its timers all the same.

import { setTimeout as pause } from "node:timers/promises";
import { create, type CreateOptions, type Interpreter } from "subinterpreters";
import { type Guarantee, within } from "../helpers/attempts.ts";
import type { Observation } from "../helpers/enforcement_table.ts";
import { worstGap } from "../helpers/gaps.ts";

/** What is not held takes ten seconds and more; a busy machine takes some hundred milliseconds. */
const HELD_MS = 3_000;
const ATTACK_MS = 500;

async function observe(work: () => Promise<unknown>): Promise<Observation> {
  return await worstGap(work) < HELD_MS ? "enforced" : "not enforced";
}

/** Goes on until its timeout, or for as long where the run ends by itself. */
function attack(interpreter: Interpreter, source: string): Promise<Observation> {
  return observe(async () => {
    const run = interpreter.run(source, { timeout: ATTACK_MS }).catch(() => {});
    await Promise.all([run, pause(ATTACK_MS)]);
  });
}

const LONG_LINE = Array.from({ length: 20_000 }, (_, n) => `class A${n.toString(36)}{}`).join("");
const FORGE = `
const stack = (own + ":1:9999999 ").repeat(100_000 / (own.length + 11) | 0);
const make = () => Object.defineProperty(new Error("x"), "stack", { value: stack });
let error = make();
for (let n = 0; n < 12; n++) { const outer = make(); outer.cause = error; error = outer; }`;

const ATTACKS: Readonly<Record<string, { source: string; options?: CreateOptions }>> = {
  "Output without end leaves it its turns": {
    source: `const text = "x".repeat(60_000); for (;;) process.stdout.write(text);`,
    options: { stdout: () => {} },
  },
  "Requests without end, each with MiBs of text, leave it its turns": {
    source: `import { getMain } from "subinterpreters";
      const text = "x".repeat(2 ** 23);
      for (;;) void getMain().run(text).catch(() => {});`,
  },
};

/** Rows of the table. */
export const ofTheProgram: readonly Guarantee[] = [
  ...Object.entries(ATTACKS).map(([guarantee, { source, options = {} }]): Guarantee => ({
    section: "The program's event loop",
    guarantee,
    observe: () => within(options, (interpreter) => attack(interpreter, source)),
  })),
  {
    section: "The program's event loop",
    guarantee: "Errors with forged stacks and causes, thrown from a timer, leave it its turns",
    observe: () =>
      within({ stderr: "ignore" }, async (interpreter) => {
        await interpreter.run(
          `${LONG_LINE}\nglobalThis.own = /<\\d+>/.exec(new Error().stack)?.[0] ?? "<1>";`,
        );
        return await attack(interpreter, `${FORGE} setInterval(() => { throw error; }, 1);`);
      }),
  },
  {
    section: "The program's event loop",
    guarantee: "30 `create()` at once leave it its turns",
    observe: async () => {
      let all: Interpreter[] = [];
      const start = performance.now();
      const gap = await worstGap(async () => {
        all = await Promise.all(Array.from({ length: 30 }, () => create()));
      });
      // Were all of them started in one turn, it would be most of the time that they take.
      const held = Math.max(500, (performance.now() - start) / 3);
      await Promise.all(all.map((one) => one.terminate()));
      if (new Set(all.map(({ id }) => id)).size !== 30) throw new Error("Two have one id");
      return gap < held ? "enforced" : "not enforced";
    },
  },
];
