#!/usr/bin/env node
// The command line `subinterpreters`: takes what was typed apart, and ends the process.

import { CommanderError } from "commander";
import process from "node:process";
import { commandLine } from "./commands.ts";
import { EXIT, finish, UsageError, write, writeError } from "./terminal.ts";

/** What stands behind `--` goes to the source, unread. */
function split(argv: readonly string[]): [own: string[], rest: string[]] {
  const at = argv.indexOf("--");
  return at < 0 ? [[...argv], []] : [argv.slice(0, at), argv.slice(at + 1)];
}

/** `--version` stands alone, or behind the name of a command. */
function asksVersion(argv: readonly string[]): boolean {
  return argv.length <= 2 && ["--version", "-V"].includes(argv.at(-1) ?? "");
}

async function main(argv: readonly string[]): Promise<number> {
  if (asksVersion(argv)) {
    const { VERSION } = await import("./version.ts");
    write(`${VERSION}\n`);
    return EXIT.ok;
  }
  // Scripts of shells ask in this way what could stand next.
  if (argv[0] === "complete") {
    const { complete } = await import("./completions.ts");
    complete(argv.slice(argv[1] === "--" ? 2 : 1));
    return EXIT.ok;
  }
  const [own, rest] = split(argv);
  let code: number = EXIT.ok;
  try {
    await commandLine(rest, (ended) => {
      code = ended;
    }).parseAsync(own, { from: "user" });
    return code;
  } catch (error) {
    // Commander has printed what it found wrong; help is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof UsageError)) throw error;
    writeError(`subinterpreters: ${error.message}\n`);
    return EXIT.usage;
  }
}

await finish(() => main(process.argv.slice(2)));
