// What was typed in earlier sessions: a file in the user's own folder, one input line on each
// line, the newest at the end. Without it the prompt works all the same.

import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";

/** How many lines are kept. */
const MOST_LINES = 1_000;

/** The lines of earlier sessions, and a place for new ones. */
export interface History {
  /** The newest first, as `node:readline` wants them. */
  readonly lines: readonly string[];
  /** Keeps a line. */
  add(line: string): void;
}

const NONE: History = { lines: [], add: () => {} };

/** The file: `SUBINTERPRETERS_HISTORY`, or one in the folder for state, or in the home folder. */
export function historyFile(): string | undefined {
  const { SUBINTERPRETERS_HISTORY: own, XDG_STATE_HOME: state } = process.env;
  if (own !== undefined) return own === "" ? undefined : own;
  if (state !== undefined && state !== "") return join(state, "subinterpreters", "history");
  try {
    return join(homedir(), ".subinterpreters_history");
  } catch {
    // There is no home folder.
    return undefined;
  }
}

/**
 * Opens the history.
 *
 * @param warn Told once why nothing can be kept.
 */
export function openHistory(file: string | undefined, warn: (message: string) => void): History {
  if (file === undefined) return NONE;
  let lines = readLines(file);
  let isBroken = false;
  const attempt = (act: () => void) => {
    if (isBroken) return;
    try {
      act();
    } catch (error) {
      isBroken = true;
      warn(`The history is not kept: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  attempt(() => {
    if (lines.length <= MOST_LINES) return;
    lines = lines.slice(-MOST_LINES);
    writeFileSync(file, `${lines.join("\n")}\n`);
  });
  return {
    lines: lines.toReversed(),
    add: (line) =>
      attempt(() => {
        if (line.trim() === "" || line === lines.at(-1)) return;
        lines.push(line);
        mkdirSync(dirname(file), { recursive: true });
        appendFileSync(file, `${line}\n`, { mode: 0o600 });
        // What was typed may be secret, also in a file that was there before.
        chmodSync(file, 0o600);
      }),
  };
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n").filter((line) => line !== "");
  } catch {
    // There is none yet.
    return [];
  }
}
