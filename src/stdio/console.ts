// `console` for Deno and Bun, whose own console writes past everything that can be replaced. The
// runtime formats what this one prints, without colours. Node's console writes to `process.stdout`,
// and stays.

import { formatter } from "./format.ts";
import { define, type Writer } from "./target.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Map, Math, String, performance } = globalThis;

/** Puts methods of this module's into the place of those of the console. */
export function replaceConsole(
  writers: { readonly stdout: Writer; readonly stderr: Writer },
): void {
  const { format, formatWith, formatTable } = formatter();
  const counts = new Map<string, number>();
  const starts = new Map<string, number>();
  let indent = "";
  const print = (writer: Writer, text: string) => {
    writer(`${indent === "" ? text : indent + text.replaceAll("\n", `\n${indent}`)}\n`);
  };
  const log = (...args: unknown[]) => print(writers.stdout, format(args));
  const warn = (...args: unknown[]) => print(writers.stderr, format(args));
  const group = (...labels: unknown[]) => {
    if (labels.length > 0) log(...labels);
    indent += "  ";
  };
  const elapsed = (label: string): string | undefined => {
    const start = starts.get(label);
    if (start !== undefined) {
      return `${label}: ${Math.round((performance.now() - start) * 1e3) / 1e3}ms`;
    }
    warn(`Timer '${label}' does not exist`);
    return undefined;
  };
  define(globalThis.console, {
    log,
    info: log,
    debug: log,
    dirxml: log,
    warn,
    error: warn,
    dir: (value: unknown, options?: object) => print(writers.stdout, formatWith(value, options)),
    table: (data: unknown, columns?: readonly string[]) => {
      const isTable = typeof data === "object" && data !== null;
      if (isTable) print(writers.stdout, formatTable(data, columns));
      else log(data);
    },
    trace: function trace(...args: unknown[]) {
      const holder: { stack?: string } = {};
      Error.captureStackTrace(holder, trace);
      const [, ...frames] = String(holder.stack).split("\n");
      const message = format(args);
      print(writers.stderr, [message === "" ? "Trace" : `Trace: ${message}`, ...frames].join("\n"));
    },
    assert: (condition: unknown, ...args: unknown[]) => {
      if (condition) return;
      const [first, ...rest] = args;
      if (args.length === 0) warn("Assertion failed");
      else if (typeof first === "string") warn(`Assertion failed: ${first}`, ...rest);
      else warn("Assertion failed:", ...args);
    },
    count: (label: unknown = "default") => {
      const name = String(label);
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      log(`${name}: ${count}`);
    },
    countReset: (label: unknown = "default") => {
      if (!counts.delete(String(label))) warn(`Count for '${String(label)}' does not exist`);
    },
    time: (label: unknown = "default") => {
      const name = String(label);
      if (starts.has(name)) warn(`Timer '${name}' already exists`);
      else starts.set(name, performance.now());
    },
    timeLog: (label: unknown = "default", ...args: unknown[]) => {
      const text = elapsed(String(label));
      if (text !== undefined) log(text, ...args);
    },
    timeEnd: (label: unknown = "default") => {
      const text = elapsed(String(label));
      if (text !== undefined) log(text);
      starts.delete(String(label));
    },
    group,
    groupCollapsed: group,
    groupEnd: () => {
      indent = indent.slice(2);
    },
    clear: () => {},
    // Bun's own.
    write: (...chunks: unknown[]): number => {
      for (const chunk of chunks) writers.stdout(String(chunk));
      return chunks.length;
    },
  });
}
