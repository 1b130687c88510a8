// Runs scripts that nobody should trust, each in an interpreter of its own, and shows
// what became of it.
//
//   deno run -A examples/untrusted.ts · bun examples/untrusted.ts · npx tsx examples/untrusted.ts
//
// What a runtime cannot enforce it refuses, so the example first finds out which
// protections there are here. docs/enforcement.md has the whole table.

import { setTimeout as pause } from "node:timers/promises";
import {
  create,
  type CreateOptions,
  InterpreterTerminatedError,
  RunFailedError,
  UnsupportedError,
} from "subinterpreters";

const PROTECTIONS: Readonly<Record<string, CreateOptions>> = {
  "permissions": { permissions: "none" },
  "a memory limit": { limits: { memoryMiB: 64 } },
  "an output limit": { limits: { outputBytes: 10_000 } },
};

const SCRIPTS: Readonly<Record<string, string>> = {
  "does honest work": `[1, 2, 3].reduce((sum, n) => sum + n)`,
  "asks the program": `import { host } from "subinterpreters"; await host.price("tea")`,
  "loops for ever": `for (;;);`,
  "awaits for ever": `await new Promise(() => {})`,
  "eats memory": `const all = []; for (;;) all.push(new Array(1e5).fill(all.length))`,
  "exits": `process.exit(1)`,
  "prints without an end": `for (;;) console.log("spam")`,
  "reads the password file":
    `import { readFileSync } from "node:fs"; readFileSync("/etc/passwd").length`,
  "starts a program":
    `import { execFileSync } from "node:child_process"; execFileSync("id").length`,
  "breaks its own realm": `Promise = Array = JSON = undefined; Object.prototype.then = 1; 42`,
  "throws later": `setTimeout(() => { throw new Error("late") }); await new Promise(() => {})`,
  "throws something odd": `throw new Proxy({}, { get() { throw 1 } })`,
};

/** Which of the protections this runtime has, as the options that ask for them. */
async function available(): Promise<CreateOptions> {
  let options: CreateOptions = {};
  for (const [name, asked] of Object.entries(PROTECTIONS)) {
    try {
      // No `await using`: as esbuild and tsx write it for Node 20, a loop reports a failure twice.
      await (await create(asked)).close();
      options = { ...options, ...asked, limits: { ...options.limits, ...asked.limits } };
      console.log(`has ${name}`);
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      console.log(`has not ${name}: ${error.message}`);
    }
  }
  return options;
}

/** Runs one script, and says in a line what became of it. */
async function outcome(source: string, options: CreateOptions): Promise<string> {
  await using interpreter = await create({
    ...options,
    env: {},
    stdout: "ignore",
    stderr: "ignore",
    functions: { price: (what: string) => (what === "tea" ? 3 : 4) },
  });
  try {
    return `gave ${JSON.stringify(await interpreter.evaluate(source, { timeout: 2_000 }))}`;
  } catch (error) {
    if (error instanceof InterpreterTerminatedError) return `was ended: ${error.reason}`;
    if (error instanceof RunFailedError) return `failed: ${error.message}`.slice(0, 100);
    throw error;
  }
}

const options = await available();
console.log();

// The program goes on meanwhile: its longest pause is measured.
let longest = 0;
let last = performance.now();
const pulse = setInterval(() => {
  longest = Math.max(longest, performance.now() - last);
  last = performance.now();
}, 10);

for (const [what, source] of Object.entries(SCRIPTS)) {
  console.log(`${what.padEnd(26)}${await outcome(source, options)}`);
}
await pause(20);
clearInterval(pulse);
console.log(`\nThe program never paused for longer than ${Math.round(longest)} ms.`);
