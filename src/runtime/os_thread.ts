// What the operating system knows of threads. A host that blocks hears nothing of a
// thread that ended by itself: its event loop, which would tell, does not run. Linux
// shows each thread as a directory, which can be looked at without it.

import { builtin, process } from "./builtins.ts";

const { Number } = globalThis;

/** Looked up in each call: on Node before 20.16 the host has no modules until it has loaded. */
const files = (): typeof import("node:fs") => builtin("node:fs");

/** The name of the calling thread; `null` where the system tells none, or may not be asked. */
export function threadName(): string | null {
  try {
    return files().readlinkSync("/proc/thread-self");
  } catch {
    return null;
  }
}

/** Whether a name is one of a thread of this process. The names come from guests. */
export function isThreadName(name: string): boolean {
  return /^\d+\/task\/\d+$/.test(name) && name.startsWith(`${process.pid}/`);
}

/** Milliseconds of a processor that the thread has had, in steps of ten; `undefined` where nobody tells. */
export function processorMs(name: string): number | undefined {
  try {
    // What stands before, the name in brackets, may have blanks in it.
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
