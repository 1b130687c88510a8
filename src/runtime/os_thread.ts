// What the operating system knows of threads. A host that blocks hears nothing of a thread that ended
// by itself, because its event loop does not run. Linux shows each thread as a directory, which can
// be looked at without the event loop.

import { builtin, process } from "./builtins.ts";
import { globals } from "./globals.ts";

// Taken now: source may declare names of its own that hide these.
const { Number } = globalThis;

/** Found in each call: on Node before 20.16 the host finds no module until it has loaded itself. */
const files = (): typeof import("node:fs") => builtin("node:fs");

/** The system's name for the calling thread; `null` where it has none, or may not be asked. */
export function threadName(): string | null {
  try {
    return files().readlinkSync("/proc/thread-self");
  } catch {
    return null;
  }
}

/** What the calling thread is called in the system's tools. */
const OWN_LABEL = "/proc/thread-self/comm";

/**
 * Gives a function that says what `top -H`, `ps -L` and debuggers call this thread: Linux shows 15
 * bytes. Elsewhere, and where the thread may not write there, it does nothing. The thread's own
 * files are taken now, before anything is taken from source.
 */
export function threadLabeler(): (label: string) => void {
  if (process.platform !== "linux" || !mayWrite(OWN_LABEL)) return () => {};
  const { writeFileSync } = files();
  return (label) => {
    try {
      writeFileSync(OWN_LABEL, label, { flag: "r+" });
    } catch {
      // The name is for whoever looks at the process; the thread works without it.
    }
  };
}

/** Without a question to the user, as Deno has it for whatever was not decided. */
function mayWrite(path: string): boolean {
  const { permissions } = globals.Deno ?? {};
  return permissions === undefined ||
    permissions.querySync({ name: "write", path }).state === "granted";
}

/** Whether a name can be one of a thread of this process. The names come from guests. */
export function isThreadName(name: string): boolean {
  return /^\d+\/task\/\d+$/.test(name) && name.startsWith(`${process.pid}/`);
}

/** Milliseconds that a processor has worked for the thread, in steps of ten; `undefined` if unknown. */
export function processorMs(name: string): number | undefined {
  try {
    // Before these fields stands the name in brackets, which may have blanks in it.
    const fields =
      files().readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    const ticks = Number(fields[11]) + Number(fields[12]);
    return Number.isNaN(ticks) ? undefined : ticks * 10;
  } catch {
    return undefined;
  }
}

/** Whether the thread has ended. */
export function hasEnded(name: string): boolean {
  return !files().existsSync(`/proc/${name}`);
}
