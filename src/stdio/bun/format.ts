// How Bun's console shows values, without colours.

import type { BunInspect, BunNamespace } from "../../runtime/globals.ts";
import type { Formatter } from "../format.ts";

// Taken now: source may declare names of its own that hide these.
const { JSON, Math, Number, String } = globalThis;

const PLAIN = { colors: false };
/** What Bun's console shows of nested objects. */
const OPTIONS = { ...PLAIN, depth: 2 };

/** A formatter that shows values as Bun's own console does. */
export function bunFormatter({ inspect }: BunNamespace): Formatter {
  const show = (value: unknown): string =>
    typeof value === "string" ? value : inspect(value, OPTIONS);
  return {
    format(args) {
      const [first, ...rest] = args;
      if (typeof first !== "string") return args.map(show).join(" ");
      // This takes what the text uses out of the rest.
      const text = substitute(first, rest, inspect);
      return [text, ...rest.map(show)].join(" ");
    },
    formatWith: (value, options) => inspect(value, { ...OPTIONS, ...options }),
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
          : inspect(value, OPTIONS);
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
        return inspect(value, OPTIONS);
    }
  });
}

function toNumber(value: unknown): number {
  return typeof value === "symbol" || typeof value === "object" ? Number.NaN : Number(value);
}
