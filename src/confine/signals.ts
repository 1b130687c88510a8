// Parts of `process` that an isolated interpreter may use a little: signals to itself,
// reading the mask and the title, listening to signals that never come.

import { SafeSet } from "../primordials.ts";
import { builtin, process } from "../runtime/builtins.ts";
import { globals } from "../runtime/globals.ts";
import type { Refuse } from "./isolation.ts";
import { replace } from "../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Reflect, String } = globalThis;
const { apply } = Reflect;

const ABORTED = 6;
const EXIT_BY_SIGNAL = 128;

/** A signal to the own process ends the interpreter alone; one to another process is refused. */
export function exitOnOwnSignal(exit: (code: number) => never, refuse: Refuse): void {
  const { signals } = builtin<{ constants: { signals: Readonly<Record<string, number>> } }>("os")
    .constants;
  const { pid } = process;
  const toOther = refuse("send a signal to a process");
  const kill = (target: unknown, signal: unknown = "SIGTERM"): true => {
    if (target !== pid) toOther();
    const number = typeof signal === "number" ? signal : signals[String(signal)] ?? ABORTED;
    return number === 0 ? true : exit(EXIT_BY_SIGNAL + number);
  };
  replace(process, "kill", kill);
  replace(process, "_kill", kill);
  replace(process, "abort", () => exit(EXIT_BY_SIGNAL + ABORTED));
  if (globals.Deno !== undefined) replace(globals.Deno, "kill", kill);
}

/** The mask can be read, not set. */
export function protectUmask(refuse: Refuse): void {
  const umask = process.umask.bind(process);
  const set = refuse("change the file mode mask");
  replace(process, "umask", (mask?: unknown) => (mask === undefined ? umask() : set()));
}

/** The title can be read, not set; Deno's cannot be defined anew, and is its workers' own. */
export function protectTitle(refuse: Refuse): void {
  const own = Reflect.getOwnPropertyDescriptor(process, "title");
  if (own?.configurable === false) return;
  const { title } = process;
  Object.defineProperty(process, "title", {
    get: () => title,
    set: refuse("change the title of the process"),
    enumerable: true,
    configurable: true,
  });
}

/** Bun's insides that its own modules ask for when they load; others are `node:fs` as it was. */
const BINDINGS: ReadonlySet<unknown> = new SafeSet([
  ...["config", "constants", "http_parser", "natives", "util", "uv"],
]);

/** On Bun modules load when source asks for them, and need some. */
export function protectBindings(refuse: Refuse): void {
  const { binding } = process as unknown as { readonly binding: (name: unknown) => unknown };
  const refused = refuse("use the insides of the runtime");
  replace(process, "binding", (name: unknown) => {
    if (typeof name !== "string" || !BINDINGS.has(name)) refused();
    return apply(binding, process, [name]);
  });
  replace(process, "_linkedBinding", refused);
}

/** How Node writes reports on the process is a setting of all its threads. */
export function protectReport(refuse: Refuse): void {
  const { report } = process;
  if (report === undefined) return;
  const names = Object.keys(report).filter((name) => name !== OF_THREAD);
  protectSettings(report, names, refuse("change the reports of the process"));
}

/** This setting is each thread's own, and Node itself sets it for `node:domain`. */
const OF_THREAD = "reportOnUncaughtException";

/** Settings can be read, not set. */
export function protectSettings(
  object: object,
  names: readonly string[],
  refused: () => never,
): void {
  for (const name of names) {
    const own = Reflect.getOwnPropertyDescriptor(object, name);
    if (own?.set !== undefined) Object.defineProperty(object, name, { ...own, set: refused });
  }
}

/** Listening to a signal does nothing, as in Node's own workers. */
export function ignoreSignals(): void {
  const adders = ["on", "addListener", "once", "prependListener", "prependOnceListener"] as const;
  for (const name of adders) {
    const add = process[name] as (event: string | symbol, listener: unknown) => unknown;
    replace(process, name, (event: string | symbol, listener: unknown) => {
      if (typeof event !== "string" || !event.startsWith("SIG")) {
        apply(add, process, [event, listener]);
      }
      return process;
    });
  }
}
