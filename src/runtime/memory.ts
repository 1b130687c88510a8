// How much memory the process has.

import { process } from "./builtins.ts";

/** Bytes of memory that are the process's at this moment. */
export function residentBytes(): number {
  return process.memoryUsage.rss();
}
