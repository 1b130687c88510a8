// The rows of docs/enforcement.md on file descriptors, standard input and output.

import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Guarantee, withFolder, within, withinShared } from "../helpers/attempts.ts";

/** The rows, in their order. */
export const descriptorsAndStreams: readonly Guarantee[] = [
  {
    section: "Isolation (the default)",
    guarantee: "It neither reads nor writes what the program has open, by its number",
    observe: () =>
      withFolder(async (folder) => {
        const path = join(folder, "theirs.txt");
        writeFileSync(path, "theirs");
        const descriptor = openSync(path, "r+");
        try {
          return await withinShared("plain", async (interpreter) => {
            for (const use of ["readFileSync(fd)", 'writeSync(fd, "ours")']) {
              await interpreter.run(`import fs from "node:fs";
              for (let fd = 3; fd < 100; fd++) try { fs.${use}; } catch {}`);
            }
            return readFileSync(path, "utf8") === "theirs" ? "enforced" : "not enforced";
          });
        } finally {
          closeSync(descriptor);
        }
      }),
  },
  {
    section: "Standard input and output",
    guarantee: "What is typed for the program stays the program's, unless `stdin` says otherwise",
    observe: () =>
      withinShared("plain", async (interpreter) => {
        const read = await interpreter.evaluate<string>(
          'import { readFileSync } from "node:fs"; readFileSync(0, "utf8") + readFileSync("/dev/stdin", "utf8")',
        );
        return read === "" ? "enforced" : "not enforced";
      }),
  },
  {
    section: "Standard input and output",
    guarantee: "The streams of `process` lead to nothing of the runtime's",
    observe: () =>
      withinShared("plain", async (interpreter) => {
        const keys = await interpreter.evaluate<string>(
          `[process.stdin, process.stdout, process.stderr].flatMap((stream) =>
            Object.getOwnPropertySymbols(stream).map(String)).join()`,
        );
        return /kPort|FastPath/.test(keys) ? "not enforced" : "enforced";
      }),
  },
  {
    section: "Standard input and output",
    guarantee: "A terminal made of number 1 writes to `stdout` of `create`",
    async observe() {
      let written = "";
      const options = { stdout: (text: string) => void (written += text) };
      return await within(options, async (interpreter) => {
        await interpreter.run(`import { WriteStream } from "node:tty";
          await new Promise((done) => new WriteStream(1).write("seen", done));`);
        return written === "seen" ? "enforced" : "not enforced";
      });
    },
  },
];
