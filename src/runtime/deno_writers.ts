// Deno's own writers: `Deno.stdout`, `Deno.stderr`, and the functions that write files,
// for the paths that mean these.

import { beforeUse } from "./deno_modules.ts";
import { globals } from "./globals.ts";
import { bytesOf } from "./file_writers.ts";
import { define, streamOf, type Writer, type Writers } from "./output_target.ts";

// Taken now: source may declare names of its own that hide these.
const { Promise, Reflect, Symbol, WritableStream } = globalThis;
const { apply } = Reflect;

type AnyFunction = (...args: unknown[]) => unknown;

const FILE_FUNCTIONS = ["writeFile", "writeTextFile", "writeFileSync", "writeTextFileSync"];

/** Makes Deno's writers write to these. */
export function replaceDenoWriters(writers: Writers): void {
  const Deno = globals.Deno as unknown as Record<string, AnyFunction> | undefined;
  if (Deno === undefined) return;
  // Where only output goes elsewhere, too, imports are to show it.
  beforeUse(() => {});
  for (const name of ["stdout", "stderr"] as const) {
    const writer = writers[name];
    if (writer === undefined) continue;
    // This thread's own entry: the classes of connections write to any that they are given.
    (Deno[name] as unknown as { close(): void }).close();
    define(Deno, { [name]: toFile(writer) });
  }
  for (const name of FILE_FUNCTIONS) {
    const original = Deno[name]!;
    define(Deno, {
      [name]: (path: unknown, data: unknown, options?: unknown): unknown => {
        const stream = streamOf(path);
        const writer = stream === undefined ? undefined : writers[stream];
        if (writer === undefined) return apply(original, Deno, [path, data, options]);
        writer(bytesOf(data));
        return name.endsWith("Sync") ? undefined : Promise.resolve();
      },
    });
  }
}

/** What stands for `Deno.stdout`; the original stays out of reach. */
function toFile(writer: Writer): object {
  const writeSync = (bytes: Uint8Array): number => {
    writer(bytesOf(bytes));
    return bytes.byteLength;
  };
  const close = () => {};
  return {
    writeSync,
    write: (bytes: Uint8Array) => Promise.resolve(writeSync(bytes)),
    writable: new WritableStream<Uint8Array>({ write: (bytes) => void writeSync(bytes) }),
    isTerminal: () => false,
    close,
    [Symbol.dispose]: close,
  };
}
