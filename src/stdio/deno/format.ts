// How Deno's console shows values, without colours.

import type { DenoNamespace } from "../../runtime/globals.ts";
import type { Formatter } from "../format.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Reflect } = globalThis;

interface DenoInternals {
  readonly inspectArgs: (args: readonly unknown[], options: object) => string;
  readonly Console: new (print: (text: string) => void) => {
    table(data: object, columns?: readonly string[]): void;
  };
}

// eslint-disable-next-line no-control-regex
const COLORS = /\u001b\[\d+m/g;
const PLAIN = { colors: false };

/** The formatter of Deno's own console. */
export function denoFormatter(deno: DenoNamespace): Formatter {
  if (deno.internal === undefined) throw new Error("Invariant: Deno has its insides");
  const internals: DenoInternals = Reflect.get<object, symbol>(deno, deno.internal);
  const { inspectArgs, Console } = internals;
  let table = "";
  const tables = new Console((text) => {
    table = text;
  });
  return {
    format: (args) => inspectArgs(args, PLAIN),
    formatWith: (value, options) => inspectArgs([value], { ...PLAIN, ...options }),
    formatTable(data, columns) {
      tables.table(data, columns);
      // On a terminal its cells are coloured, wherever they are printed to.
      return table.replace(COLORS, "").replace(/\n$/, "");
    },
  };
}
