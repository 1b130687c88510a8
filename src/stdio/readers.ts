// Takes over everything by which source reads standard input: the functions of the file system and the
// runtime's own. The stream of `process` is in streams.ts.

import { replaceBunReaders } from "./bun/readers.ts";
import { builtin } from "../runtime/builtins.ts";
import { globals } from "../runtime/globals.ts";
import { replaceDenoReaders } from "./deno/readers.ts";
import { replaceFileOpeners } from "./file_openers.ts";
import { replaceFileReaders } from "./file_readers.ts";
import type { Input } from "./standard_input.ts";
import type { StandardDescriptor, Writer, Writers } from "./target.ts";

/** Makes all ways to read standard input read from this. */
export function replaceReaders(
  input: Input,
  { stdout, stderr }: Writers,
  direct: { readonly stdout: Writer },
): void {
  const fs = builtin<typeof import("node:fs")>("node:fs");
  const own: StandardDescriptor[] = [0];
  if (stdout !== undefined) own.push(1);
  if (stderr !== undefined) own.push(2);
  replaceFileReaders(fs, input);
  replaceFileOpeners(fs, own);
  builtin<typeof import("node:module")>("node:module").syncBuiltinESMExports();
  const { Bun, Deno } = globals;
  if (Deno !== undefined) replaceDenoReaders(Deno, input, own);
  if (Bun !== undefined) replaceBunReaders(Bun, input, stdout ?? direct.stdout);
}
