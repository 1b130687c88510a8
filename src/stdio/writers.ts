// Takes over everything by which source writes to standard output and error: file descriptors 1 and 2
// of `node:fs`, the runtime's own writers, and `console` where it does not write through one of these.

import { replaceBunWriters } from "./bun/writers.ts";
import { builtin, process } from "../runtime/builtins.ts";
import { globals } from "../runtime/globals.ts";
import { replaceConsole } from "./console.ts";
import { guardTerminals } from "./terminals.ts";
import { replaceDenoWriters } from "./deno/writers.ts";
import { replaceFileCopiers, replaceFileWriters } from "./file_writers.ts";
import { define, type Writer, type Writers } from "./target.ts";
import { hasDeferredOutput } from "./streams.ts";

/** Writers to the process's own output. */
interface Direct {
  readonly stdout: Writer;
  readonly stderr: Writer;
}

/** Makes all output of source go through the writers. */
export function replaceWriters(writers: Writers, direct: Direct): void {
  if (writers.stderr !== undefined) replaceDebug(writers.stderr);
  guardTerminals();
  replaceFileWriters(builtin("node:fs"), writers);
  replaceFileCopiers(builtin("node:fs"), writers);
  builtin<typeof import("node:module")>("node:module").syncBuiltinESMExports();
  const { Bun, Deno } = globals;
  if (Deno !== undefined) replaceDenoWriters(Deno, writers);
  if (Bun !== undefined) replaceBunWriters(Bun, writers);
  if (hasDeferredOutput) return;
  // A console has both streams: to one that is not replaced it writes as the process does.
  replaceConsole({
    stdout: writers.stdout ?? direct.stdout,
    stderr: writers.stderr ?? direct.stderr,
  });
}

/** Replaces what the runtimes print by when all else is broken. */
function replaceDebug(stderr: Writer): void {
  const { format } = builtin<typeof import("node:util")>("node:util");
  define(process, { _rawDebug: (...args: unknown[]) => stderr(`${format(...args)}\n`) });
}
