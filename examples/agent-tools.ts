// Runs code as a language model writes it, and hands back what the model needs to go on.
//
//   deno run -A examples/agent-tools.ts · bun examples/agent-tools.ts · npx tsx examples/agent-tools.ts
//
// The code gets tools: functions of this program, whose arguments and results have schemas. It has
// a budget of time, memory, output and calls. Whatever happens becomes an observation: a value, or
// an error with its line and a hint. The "model" here is a list of scripts, so that it needs no key.

import * as z from "zod";
import {
  create,
  type CreateOptions,
  ExecutionFailedError,
  InterpreterTerminatedError,
  NotShareableError,
  UnsupportedError,
  type ValidatedFunction,
} from "subinterpreters";

/** A tool: what the model is told of it, and what it does. */
interface Tool extends ValidatedFunction {
  readonly about: string;
  readonly input: z.ZodType<readonly unknown[]>;
  readonly output: z.ZodType;
}

/** What one script may spend. */
interface Budget {
  readonly milliseconds: number;
  readonly memoryMiB: number;
  readonly outputBytes: number;
  readonly calls: number;
}

/** What the model is told of a script that ran; all of it can be written as JSON. */
interface Observation {
  readonly value?: unknown;
  readonly error?: { readonly what: string; readonly line?: number; readonly hint: string };
  readonly output: string;
  readonly calls: number;
}

const STOCK: Readonly<Record<string, { cents: number; left: number; supplier: string }>> = {
  tea: { cents: 350, left: 12, supplier: "not for the model" },
  mug: { cents: 900, left: 3, supplier: "not for the model" },
};

const TOOLS: Readonly<Record<string, Tool>> = {
  search: {
    about: "names of the goods that contain a text",
    input: z.tuple([z.string().max(50)]),
    output: z.array(z.string()),
    call: (text: string) => Object.keys(STOCK).filter((name) => name.includes(text)),
  },
  look: {
    about: "price in cents and number in stock, or null",
    input: z.tuple([z.string().max(50)]),
    // A schema of an object drops what it does not name: the supplier stays here.
    output: z.object({ cents: z.number(), left: z.number() }).nullable(),
    call: (name: string) => STOCK[name] ?? null,
  },
  order: {
    about: "orders so many, and gives the cents to pay",
    input: z.tuple([z.string().max(50), z.int().min(1).max(10)]),
    output: z.number(),
    call: (name: string, count: number) => {
      const item = STOCK[name];
      if (item === undefined) throw new RangeError(`there is no "${name}"; search() has the names`);
      if (item.left < count) throw new RangeError(`only ${item.left} of "${name}" are left`);
      return item.cents * count;
    },
  },
};

const BUDGET: Budget = { milliseconds: 2_000, memoryMiB: 64, outputBytes: 2_000, calls: 5 };
const FILE = "script.ts";
const HINTS: Readonly<Record<string, string>> = {
  ValidationError: "call the tool as its schema says",
  NotCapable: "files, network and environment are out of reach: use the tools",
};

/** What stands in the model's instructions. */
function describe(tools: Readonly<Record<string, Tool>>): string {
  const lines = Object.entries(tools).map(([name, { about, input, output }]) => {
    const [takes, gives] = [input, output].map((schema) => {
      const { $schema: _, ...described } = z.toJSONSchema(schema);
      return JSON.stringify(described);
    });
    return `await host.${name}(…): ${about}\n  takes ${takes}\n  gives ${gives}`;
  });
  return [`import { host } from "subinterpreters";`, ...lines].join("\n");
}

/** The tools as functions of an interpreter that may call them so many times in all. */
function counted(
  tools: Readonly<Record<string, Tool>>,
  most: number,
): { functions: Record<string, ValidatedFunction>; calls: () => number } {
  let calls = 0;
  const functions = Object.entries(tools).map(([name, { input, output, call }]) => {
    const countedCall = (...args: never[]): unknown => {
      if (calls === most) {
        throw new RangeError(`a script has ${most} calls of tools: do with fewer`);
      }
      calls++;
      return (call as (...args: never[]) => unknown)(...args);
    };
    return [name, { input, output, call: countedCall }] as const;
  });
  return { functions: Object.fromEntries(functions), calls: () => calls };
}

/** What this runtime can take from source and limit; what it cannot, it refuses to promise. */
async function protections({ memoryMiB }: Budget): Promise<CreateOptions> {
  let all: CreateOptions = {};
  for (const asked of [{ permissions: "none" }, { limits: { memoryMiB } }] as const) {
    try {
      // No `await using`: as esbuild and tsx write it for Node 20, a loop reports a failure twice.
      await (await create(asked)).close();
      all = { ...all, ...asked };
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      console.log(`not protected: ${error.message}`);
    }
  }
  return all;
}

/** Runs one script within a budget. */
async function observe(
  source: string,
  budget: Budget,
  protection: CreateOptions,
): Promise<Observation> {
  const { functions, calls } = counted(TOOLS, budget.calls);
  let output = "";
  const write = (text: string): void => {
    output += text;
  };
  const interpreter = await create({
    ...protection,
    limits: { ...protection.limits, outputBytes: budget.outputBytes },
    env: {},
    stdout: write,
    stderr: write,
    functions,
  });
  try {
    const options = { timeout: budget.milliseconds, filename: FILE };
    const value: unknown = await interpreter.evaluate(source, options);
    return { value, output, calls: calls() };
  } catch (error) {
    return { error: explain(error, budget), output, calls: calls() };
  } finally {
    await interpreter.terminate();
  }
}

/** An error in words that help whoever wrote the script. */
function explain(error: unknown, { milliseconds }: Budget): NonNullable<Observation["error"]> {
  if (error instanceof InterpreterTerminatedError) {
    const hint = error.reason === "timeout"
      ? `finish within ${milliseconds} ms: no endless loops, and await what you start`
      : "use less of it";
    return { what: `ended: ${error.reason}`, hint };
  }
  if (error instanceof NotShareableError) {
    return { what: error.message, hint: "end with plain data, without functions or classes" };
  }
  if (!(error instanceof ExecutionFailedError)) throw error;
  const { excinfo } = error;
  const what = `${excinfo.name}: ${excinfo.message}`;
  const [, line] = new RegExp(`${FILE}:(\\d+)`).exec(excinfo.stack ?? "") ?? [];
  const hint = HINTS[excinfo.name] ?? "mend the line and run the whole script again";
  return { what, ...(line === undefined ? {} : { line: Number(line) }), hint };
}

/** What a model might write, one after the other; with each it has seen the last observation. */
const SCRIPTS: readonly string[] = [
  `import { host } from "subinterpreters";\nawait host.order("tea", "two");`,
  `import { host } from "subinterpreters";\nawait host.order("teapot", 2);`,
  `import { host } from "subinterpreters";
const [name] = await host.search("te");
console.log("found", name, await host.look(name));
({ name, cents: await host.order(name, 2) });`,
  `const total: number = 350 * 2;\ntotal.toFixd(2);`,
  `import { host } from "subinterpreters";\nfor (;;) await host.look("mug");`,
  `while (true);`,
  `for (;;) console.log("thinking");`,
  `const items = [];\nfor (;;) items.push(new Array(100_000).fill(items.length));`,
  `(price: number) => price * 2;`,
  `import { readFileSync } from "node:fs";\nreadFileSync("/etc/passwd", "utf8").length;`,
];

console.log(describe(TOOLS));
const protection = await protections(BUDGET);
for (const source of SCRIPTS) {
  // These two run only where something holds them.
  if (source.includes("items.push") && protection.limits === undefined) continue;
  if (source.includes("readFileSync") && protection.permissions === undefined) continue;
  console.log(`\n${source.replace(/^/gm, "> ")}`);
  const observation = await observe(source, BUDGET, protection);
  const output = observation.output.slice(0, 100);
  console.log(JSON.stringify({ ...observation, output }));
}
