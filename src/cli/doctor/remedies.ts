// What to add to which file, so that what is missing works.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";

/** What to add, and where. */
export interface Remedy {
  readonly file: string;
  readonly add: string;
}

/** The remedy that the message of an `UnsupportedError` names; `undefined` if there is none here. */
export function remedyFor(message: string): Remedy | undefined {
  if (message.includes("worker-options")) {
    return { file: denoConfiguration(), add: '"unstable": ["worker-options"]' };
  }
  if (message.includes("DENO_NO_PROMPT")) {
    return { file: "the profile of your shell", add: "export DENO_NO_PROMPT=1" };
  }
  return undefined;
}

/** The configuration that Deno reads here: the nearest, or one that is to be made. */
function denoConfiguration(): string {
  for (let folder = process.cwd();; folder = dirname(folder)) {
    const found = ["deno.json", "deno.jsonc"].map((name) => join(folder, name)).find(existsSync);
    if (found !== undefined) return found;
    if (folder === dirname(folder)) return `${join(process.cwd(), "deno.json")} (to be made)`;
  }
}
