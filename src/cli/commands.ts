// The commands, their flags and their help, and nothing of what they do: each has a file of its
// own, loaded when it is asked for, so that `--help` is there at once.

import { Command, Option } from "commander";
import {
  collectPermission,
  duration,
  type EvalFlags,
  memory,
  permissions,
  type ReplFlags,
  type RunFlags,
  size,
  type TopFlags,
  wholeNumber,
} from "./arguments.ts";
import { write, writeError } from "./terminal.ts";

/**
 * The command line.
 *
 * @param rest What stood behind `--`.
 * @param end Called with the exit code of the command.
 */
export function commandLine(rest: readonly string[], end: (code: number) => void): Command {
  const program = new Command("subinterpreters")
    .description(
      "Runs JavaScript and TypeScript in interpreters: isolated, each on a thread of its own.",
    )
    .option("-V, --version", "print the version");

  limited(add(program, "run", "run files, each in an interpreter of its own"))
    .description(
      'Runs each file in an interpreter of its own; "-" is standard input. Arguments behind -- ' +
        "reach the source as process.argv.slice(2).",
    )
    .argument("<file...>", 'files of source, or "-"')
    .option("-j, --jobs <count>", "how many run at once (default: one for each core)", wholeNumber)
    .option("--json", "print one line of JSON for each file, in their order")
    .action(async (files: string[], flags: RunFlags) => {
      const { run } = await import("./run.ts");
      end(await run(files, flags, rest));
    });

  limited(add(program, "eval", "print the value of an expression"))
    .description(
      "Evaluates code, and prints the value of its last expression. A promise is awaited.",
    )
    .argument("<code>", "source text")
    .option("--json", "print one line of JSON: value, output, error and time")
    .action(async (code: string, flags: EvalFlags) => {
      const { evaluate } = await import("./eval.ts");
      end(await evaluate(code, flags, rest));
    });

  limited(add(program, "repl", "an interpreter behind a prompt"))
    .description(
      "Reads source from the terminal or a pipe, runs it in one interpreter, and prints values.",
    )
    .option("--no-history", "neither read nor write the file of earlier inputs")
    .action(async (flags: ReplFlags) => {
      const { repl } = await import("./repl.ts");
      end(await repl(flags, rest));
    });

  add(program, "top", "watch the interpreters of a program")
    .description(
      "Shows the interpreters and channels of a program that calls serve() of " +
        "subinterpreters/inspect. Without a terminal it prints one table.",
    )
    .argument("<url>", "the address that serve() gives, with its token")
    .option("--interval <duration>", "how often to look: 500ms, 2s (default: 1s)", duration)
    .option("--once", "print one table and end")
    .action(async (url: string, { interval = 1_000, once }: TopFlags) => {
      const { top } = await import("./top.ts");
      end(await top(url, { interval, once: once === true }));
    });

  add(program, "doctor", "try what this runtime can enforce here")
    .description(
      "Tries what this runtime can enforce here, and says what to add to which file. The exit " +
        "code is 1 if something is missing or broken.",
    )
    .option("--json", "print one line of JSON")
    .action(async (flags: { readonly json?: boolean }) => {
      const { doctor } = await import("./doctor.ts");
      end(await doctor(flags));
    });

  add(program, "completions", "print a script for the completion of a shell")
    .argument("<shell>", "bash, zsh, fish or powershell")
    .action(async (shell: string) => {
      const { printScript } = await import("./completions.ts");
      end(printScript(shell));
    });

  return program;
}

/** A command that reports wrong arguments as all others do. */
function add(program: Command, name: string, summary: string): Command {
  for (const command of [program, program.command(name)]) {
    command.exitOverride().configureOutput({
      writeOut: write,
      writeErr: writeError,
      outputError: (text, print) => print(text.replace(/^error: /, "subinterpreters: ")),
    });
  }
  const added = program.commands.at(-1) ?? program;
  return added.summary(summary).showHelpAfterError(
    `Type "subinterpreters ${name} --help" for what there is`,
  );
}

/** The flags of every command that runs source. */
function limited(command: Command): Command {
  return command
    .addOption(
      new Option("--permissions <set>", '"none", "inherit", or a set as JSON: {"read":["./data"]}')
        .argParser(permissions).conflicts("allow"),
    )
    .addOption(
      new Option("--allow <name[=values]>", "allow this alone (repeatable): read=./data, net")
        .argParser(collectPermission),
    )
    .option("--timeout <duration>", "longest run: 5s, 500ms, 2m", duration)
    .option("--memory <size>", "most heap of an interpreter: 64 (MiB), 64MiB, 1GiB", memory)
    .option("--output-limit <size>", "most output of an interpreter: 64KiB, 1MiB", size);
}
