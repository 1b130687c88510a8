// Completion in shells: `completions SHELL` prints a script, which asks `complete -- WORDS…`.

import completion, { type Command as Described } from "@bomb.sh/tab";
import type { Command } from "commander";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { commandLine } from "./commands.ts";
import { EXIT, UsageError } from "./terminal.ts";

const NAME = "subinterpreters";
const SHELLS = ["bash", "zsh", "fish", "powershell"];

/** Prints the script that teaches a shell. */
export function printScript(shell: string): number {
  if (!SHELLS.includes(shell)) {
    throw new UsageError(`There are no completions for "${shell}": name ${SHELLS.join(", ")}`);
  }
  completion.setup(NAME, NAME, shell);
  return EXIT.ok;
}

/** Prints what could stand next, one on each line. */
export function complete(words: readonly string[]): void {
  const program = commandLine([], () => {});
  const typed = words.at(-1) ?? "";
  describeOptions(program, completion);
  for (const command of program.commands) {
    const described = completion.command(command.name(), command.summary());
    describeOptions(command, described);
    for (const argument of command.registeredArguments) {
      const values = argument.name() === "shell" ? () => SHELLS : () => filesLike(typed);
      if (!["shell", "file"].includes(argument.name())) continue;
      described.argument(argument.name(), (offer) => {
        for (const value of values()) offer(value, "");
      }, argument.variadic);
    }
  }
  completion.parse([...words]);
}

function describeOptions(command: Command, described: Described): void {
  for (const { long, description, required, optional } of command.options) {
    const name = long?.replace(/^--/, "") ?? "";
    // With a function the library knows that a value follows.
    if (required || optional) described.option(name, description, () => {});
    else described.option(name, description);
  }
}

/** Files and folders whose path begins as what was typed; the shell itself is not asked. */
function filesLike(typed: string): string[] {
  const folder = typed.endsWith("/") ? typed : dirname(typed);
  const isHere = folder === "." && !typed.startsWith("./");
  try {
    return readdirSync(folder === "" ? "." : folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith("."))
      .map((entry) => {
        const path = isHere ? entry.name : join(folder, entry.name);
        const shown = typed.startsWith("./") ? `./${path}` : path;
        return entry.isDirectory() ? `${shown}/` : shown;
      });
  } catch {
    return [];
  }
}
