// How a runtime shows values in its console, without colours.

import { globals } from "../runtime/globals.ts";

// Taken now: source may declare names of its own that hide these.
const { JSON, Math, Number, Reflect, String } = globalThis;

/** Shows values. */
export interface Formatter {
  /** The arguments of `console.log`. */
  readonly format: (args: readonly unknown[]) => string;
  /** One value, as `console.dir` does. */
  readonly formatWith: (value: unknown, options: object | undefined) => string;
  /** The data of `console.table`. */
  readonly formatTable: (data: object, columns: readonly string[] | undefined) => string;
}

interface DenoInternals {
  readonly inspectArgs: (args: readonly unknown[], options: object) => string;
  readonly Console: new (print: (text: string) => void) => {
    table(data: object, columns?: readonly string[]): void;
  };
}

interface BunInspect {
  (value: unknown, options: object): string;
  table(data: object, columns: readonly string[] | undefined, options: object): string;
}

// eslint-disable-next-line no-control-regex
const COLORS = /\u001b\[\d+m/g;
const PLAIN = { colors: false };
/** What Bun's console shows of nested objects. */
const BUN_OPTIONS = { ...PLAIN, depth: 2 };

/** The formatter of this runtime, Deno or Bun. */
export function formatter(): Formatter {
  return globals.Deno === undefined ? bunFormatter() : denoFormatter();
}

function denoFormatter(): Formatter {
  const Deno = globals.Deno as unknown as { readonly internal: symbol };
  const { inspectArgs, Console } = Reflect.get(Deno, Deno.internal) as DenoInternals;
  let table = "";
  const tables = new Console((text) => {
    table = text;
  });
  return {
    format: (args) => inspectArgs(args, PLAIN),
    formatWith: (value, options) => inspectArgs([value], { ...PLAIN, ...options }),
    formatTable(data, columns) {
      tables.table(data, columns);
      // Its cells are coloured on a terminal, whatever they are printed to.
      return table.replace(COLORS, "").replace(/\n$/, "");
    },
  };
}

function bunFormatter(): Formatter {
  const { inspect } = globals.Bun as unknown as { readonly inspect: BunInspect };
  const show = (value: unknown): string =>
    typeof value === "string" ? value : inspect(value, BUN_OPTIONS);
  return {
    format(args) {
      const [first, ...rest] = args;
      if (typeof first !== "string") return args.map(show).join(" ");
      // What the text uses is gone from the rest after this.
      const text = substitute(first, rest, inspect);
      return [text, ...rest.map(show)].join(" ");
    },
    formatWith: (value, options) => inspect(value, { ...BUN_OPTIONS, ...options }),
    formatTable: (data, columns) => inspect.table(data, columns, PLAIN).replace(/\n$/, ""),
  };
}

/** Fills in `%s` and the like, and takes the arguments that it uses out of the list. */
function substitute(text: string, args: unknown[], inspect: BunInspect): string {
  if (args.length === 0) return text;
  return text.replace(/%[%sdifjoOc]/g, (verb) => {
    if (verb === "%%") return "%";
    if (args.length === 0) return verb;
    const value = args.shift();
    switch (verb) {
      case "%s":
        return typeof value === "string" || typeof value === "function"
          ? String(value)
          : inspect(value, BUN_OPTIONS);
      case "%d":
      case "%i":
        return typeof value === "bigint" ? String(value) : String(Math.trunc(toNumber(value)));
      case "%f":
        return String(toNumber(value));
      case "%j":
        return JSON.stringify(value) ?? "undefined";
      case "%c":
        return "";
      default:
        return inspect(value, BUN_OPTIONS);
    }
  });
}

function toNumber(value: unknown): number {
  return typeof value === "symbol" || typeof value === "object" ? Number.NaN : Number(value);
}
