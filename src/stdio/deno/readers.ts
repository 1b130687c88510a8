// Deno's own ways to read standard input: `Deno.stdin`, and the functions that read or
// open files, for the paths that mean a standard stream.

import type { DenoNamespace } from "../../runtime/globals.ts";
import { methodOf } from "../../runtime/guard.ts";
import { type Input, readableOf, readAll, readAllSync } from "../standard_input.ts";
import { define, descriptorOf, type StandardDescriptor } from "../target.ts";

// Taken now: source may declare names of its own that hide these.
const { Promise, Reflect, Symbol, TextDecoder } = globalThis;
const { apply } = Reflect;

const OPENERS = ["open", "openSync", "create", "createSync"];

/**
 * Makes Deno's readers read from the input.
 *
 * @param own The standard streams that are not the program's.
 */
export function replaceDenoReaders(
  Deno: DenoNamespace,
  input: Input,
  own: readonly StandardDescriptor[],
): void {
  // The thread has an entry of its own for this file; by it source could read what is the program's.
  Deno.stdin.close();
  define(Deno, { stdin: toFile(input) });
  const replace = (name: string, replacement: () => unknown) => {
    const original = methodOf(Deno, name);
    define(Deno, {
      [name]: (path: unknown, ...rest: unknown[]): unknown =>
        typeof path !== "number" && descriptorOf(path) === 0
          ? replacement()
          : apply(original, Deno, [path, ...rest]),
    });
  };
  replace("readFile", () => readAll(input));
  replace("readFileSync", () => readAllSync(input));
  replace("readTextFile", async () => new TextDecoder().decode(await readAll(input)));
  replace("readTextFileSync", () => new TextDecoder().decode(readAllSync(input)));
  for (const name of OPENERS) {
    const original = methodOf(Deno, name);
    const isSync = name.endsWith("Sync");
    define(Deno, {
      [name]: (path: unknown, ...rest: unknown[]): unknown => {
        const descriptor = typeof path === "number" ? undefined : descriptorOf(path);
        if (descriptor === undefined || !own.includes(descriptor)) {
          return apply(original, Deno, [path, ...rest]);
        }
        const file = [Deno.stdin, Deno.stdout, Deno.stderr][descriptor];
        return isSync ? file : Promise.resolve(file);
      },
    });
  }
}

/** What takes the place of `Deno.stdin`. */
function toFile(input: Input): { close(): void } {
  const close = () => {};
  const put = (buffer: Uint8Array, bytes: Uint8Array | null): number | null => {
    if (bytes === null) return null;
    buffer.set(bytes);
    return bytes.length;
  };
  let readable: ReadableStream<Uint8Array> | undefined;
  const file = {
    read: async (buffer: Uint8Array) =>
      buffer.length === 0 ? 0 : put(buffer, await input.read(buffer.length)),
    readSync: (buffer: Uint8Array) =>
      buffer.length === 0 ? 0 : put(buffer, input.readSync(buffer.length)),
    get readable() {
      return readable ??= readableOf(input);
    },
    isTerminal: () => false,
    setRaw: () => {},
    close,
    [Symbol.dispose]: close,
  };
  return file;
}
