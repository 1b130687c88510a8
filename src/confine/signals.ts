// Parts of `process` that an isolated interpreter may use in part: it sends signals to itself, reads
// the mask and the title, and listens to signals that never come.

import { builtin, process } from "../runtime/builtins.ts";
import { globals } from "../runtime/globals.ts";
import { methodOf } from "../runtime/guard.ts";
import { replace } from "../runtime/replace.ts";
import type { Refuse } from "./refusals.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Reflect, String } = globalThis;
const { apply } = Reflect;

const ABORTED = 6;
const EXIT_BY_SIGNAL = 128;

/** Lets a signal to the own process end the interpreter alone, and refuses one to another process. */
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

/** Lets source read the file mode mask, not set it. */
export function protectUmask(refuse: Refuse): void {
  const umask = process.umask.bind(process);
  const set = refuse("change the file mode mask");
  replace(process, "umask", (mask?: unknown) => (mask === undefined ? umask() : set()));
}

/** Lets source read the title of the process, not set it. On Deno each worker has its own. */
export function protectTitle(refuse: Refuse): void {
  const own = Reflect.getOwnPropertyDescriptor(process, "title");
  // Deno's cannot be defined anew.
  if (own?.configurable === false) return;
  const { title } = process;
  Object.defineProperty(process, "title", {
    get: () => title,
    set: refuse("change the title of the process"),
    enumerable: true,
    configurable: true,
  });
}

/** Lets source read how Node writes reports on the process: all threads share these settings. */
export function protectReport(refuse: Refuse): void {
  const { report } = process;
  if (report === undefined) return;
  const names = Object.keys(report).filter((name) => name !== OF_THREAD);
  protectSettings(report, names, refuse("change the reports of the process"));
}

/** Each thread has this setting for itself, and Node sets it for `node:domain`. */
const OF_THREAD = "reportOnUncaughtException";

/** Lets source read settings, not set them. */
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

/** Makes listening to a signal do nothing, as in Node's own workers. */
export function ignoreSignals(): void {
  const adders = ["on", "addListener", "once", "prependListener", "prependOnceListener"] as const;
  for (const name of adders) {
    const add = methodOf(process, name);
    replace(process, name, (event: string | symbol, listener: unknown) => {
      if (typeof event !== "string" || !event.startsWith("SIG")) {
        apply(add, process, [event, listener]);
      }
      return process;
    });
  }
}
