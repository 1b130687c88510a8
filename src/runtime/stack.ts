// Stack traces, which are text: tells which frames are the module's own, and which the runtime's.

import { fileURLToPath } from "node:url";
import { globals } from "./globals.ts";
import { ownFile } from "./own_files.ts";

/** How the places of the module's own files begin: Node and Deno write URLs, Bun paths. */
const HOMES = homes();

/** The places where the runtimes run a source and its timers, and where their own code is. */
const RUNTIME =
  /(?:^|[\s(])(?:node:internal\/|node:vm[:)]|ext:|internal:)|runInThisContext \(unknown\)/;

const FRAME = /^\s+at /;

/** Whether a line of a stack is a frame. */
export function isFrame(line: string): boolean {
  return FRAME.test(line);
}

/** Whether a frame is of this module. */
export function isOwnFrame(line: string): boolean {
  for (let i = 0; i < HOMES.length; i++) {
    const home = HOMES[i];
    if (home !== undefined && line.includes(home)) return true;
  }
  return false;
}

/** Whether a frame is of the inside of the runtime, not of a function that one can call. */
export function isRuntimeFrame(line: string): boolean {
  return RUNTIME.test(line);
}

/**
 * The frame as the runtime's console can read it. Bun 1.4 looks for a place in parentheses; if
 * no frame has one, it shows where the error was made, which is in this module.
 */
export function readableFrame(frame: string): string {
  if (globals.Bun === undefined || frame.endsWith(")")) return frame;
  return frame.replace(/^(\s+at (?:async )?)(.+:\d+:\d+)$/, "$1<anonymous> ($2)");
}

function homes(): string[] {
  const home = ownFile("");
  return home.protocol === "file:" ? [home.href, fileURLToPath(home)] : [home.href];
}
