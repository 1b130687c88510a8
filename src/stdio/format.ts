// How a runtime shows values in its console, without colours.

import { globals } from "../runtime/globals.ts";
import { bunFormatter } from "./bun/format.ts";
import { denoFormatter } from "./deno/format.ts";

// Taken now: source may declare names of its own that hide these.
const { Error } = globalThis;

/** Shows values. */
export interface Formatter {
  /** Shows the arguments of `console.log`. */
  readonly format: (args: readonly unknown[]) => string;
  /** Shows one value, as `console.dir` does. */
  readonly formatWith: (value: unknown, options: object | undefined) => string;
  /** Shows the data of `console.table`. */
  readonly formatTable: (data: object, columns: readonly string[] | undefined) => string;
}

/** The formatter of this runtime, Deno or Bun. */
export function formatter(): Formatter {
  const { Bun, Deno } = globals;
  if (Deno !== undefined) return denoFormatter(Deno);
  if (Bun !== undefined) return bunFormatter(Bun);
  throw new Error("Invariant: Node's own console writes to process.stdout");
}
