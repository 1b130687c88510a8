// Bun's own ways to read standard input: `Bun.stdin`, files that mean it, the lines of
// `console`, and the three functions that ask the user.

import { builtin } from "../../runtime/builtins.ts";
import type { BunNamespace } from "../../runtime/globals.ts";
import { type Input, linesOf, readableOf, readAll, readLineSync } from "../standard_input.ts";
import { define, descriptorOf, type Writer } from "../target.ts";

// Taken now: source may declare names of its own that hide these.
const { JSON, Object, Promise, Reflect, String, Symbol, TextDecoder, console, globalThis: scope } =
  globalThis;
const { apply } = Reflect;

/** Makes Bun's readers read from the input; their questions are written to the writer. */
export function replaceBunReaders(Bun: BunNamespace, input: Input, stdout: Writer): void {
  const { file } = Bun;
  const { devNull } = builtin<typeof import("node:os")>("node:os");
  const standIn = () => toFile(apply(file, Bun, [devNull]), input);
  define(Bun, {
    stdin: standIn(),
    file: (target: unknown, ...rest: unknown[]): object =>
      descriptorOf(target) === 0 ? standIn() : apply(file, Bun, [target, ...rest]),
  });
  Object.defineProperty(console, Symbol.asyncIterator, {
    value: () => linesOf(input),
    writable: true,
    configurable: true,
  });
  const ask = (text: string) => {
    stdout(text);
    return readLineSync(input);
  };
  define(scope, {
    alert: (message: unknown = "Alert") => void ask(`${String(message)} [Enter] `),
    confirm: (message: unknown = "Confirm") => /^y$/i.test(ask(`${String(message)} [y/N] `) ?? ""),
    prompt: (message: unknown = "Prompt", fallback?: string) => {
      const answer = ask(
        `${String(message)} ${fallback === undefined ? "" : `[${fallback}] `}`,
      );
      return answer === null || answer === "" ? fallback ?? null : answer;
    },
  });
}

/** Makes a file that leads nowhere read from the input: of Bun's own, source could make slices. */
function toFile(file: object, input: Input): object {
  const { Blob } = scope;
  const bytes = () => readAll(input);
  const text = async () => new TextDecoder().decode(await bytes());
  define(file, {
    bytes,
    text,
    json: async () => JSON.parse(await text()) as unknown,
    arrayBuffer: async () => (await bytes()).buffer,
    blob: async () => new Blob([await bytes()]),
    stream: () => readableOf(input),
    exists: () => Promise.resolve(true),
  });
  return file;
}
