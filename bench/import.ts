// How much longer does importing the module take than importing what it uses of
// Effect and XState? Each sample is a fresh process.

import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { compare } from "./harness.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const OURS = 'const { createChannel } = await import("subinterpreters");';
// Effect comes with the first wait; this one is over at once.
const WAIT = " const [recv, send] = createChannel();" +
  " const got = recv.recv(); send.sendNowait(1); await got;";
const THEIRS = ["effect/Effect", "xstate"].map((name) => `await import("${name}");`).join("");

function sample(code: string): number {
  const timed =
    `const started = performance.now(); ${code} console.log(performance.now() - started);`;
  const flags = "Deno" in globalThis
    ? ["eval", timed]
    : "Bun" in globalThis
    ? ["-e", timed]
    : ["--input-type=module", "-e", timed];
  return Number(execFileSync(process.execPath, flags, { cwd: root, encoding: "utf8" }));
}

await compare(
  {
    row: "import of the module / of Effect's submodules and XState",
    unit: "ms",
    goal: "<= 1.3",
    samples: 15,
  },
  () => sample(OURS),
  () => sample(THEIRS),
);
await compare(
  {
    row: "import of the module and a first wait / of Effect's submodules and XState",
    unit: "ms",
    goal: "-",
    samples: 15,
  },
  () => sample(OURS + WAIT),
  () => sample(THEIRS),
);
