// Deno's own writers: `Deno.stdout`, `Deno.stderr`, and the functions that write files,
// for the paths that mean these.

import { builtin } from "../../runtime/builtins.ts";
import { beforeUse } from "../../runtime/deno/modules.ts";
import { type DenoNamespace, globals } from "../../runtime/globals.ts";
import { guarded, isMethod, isObject, methodOf, replaceConstructor } from "../../runtime/guard.ts";
import { bytesOf } from "../file_arguments.ts";
import { define, streamOf, type Writer, type Writers } from "../target.ts";

// Taken now: source may declare names of its own that hide these.
const { Promise, Reflect, Symbol, WritableStream, globalThis: scope } = globalThis;
const { apply } = Reflect;
const report = globals.reportError?.bind(scope) ?? (() => {});

/** Where a server listens. */
interface Address {
  readonly hostname?: string;
  readonly port?: number;
  readonly path?: string;
}

/** The handlers of a server that print something if the program has given none. */
interface ServeOptions {
  readonly onListen?: (address: Address) => void;
  readonly onError?: (error: unknown) => Response | Promise<Response>;
}

const FILE_FUNCTIONS = ["writeFile", "writeTextFile", "writeFileSync", "writeTextFileSync"];

/** Makes Deno's writers write to these. */
export function replaceDenoWriters(Deno: DenoNamespace, writers: Writers): void {
  // Imports are to show these writers, even if nothing else in the thread asks for that.
  beforeUse(() => {});
  for (const name of ["stdout", "stderr"] as const) {
    const writer = writers[name];
    if (writer === undefined) continue;
    // The thread has an entry of its own for this file; connections write to any that they are given.
    Deno[name].close();
    define(Deno, { [name]: toFile(writer) });
  }
  for (const name of ["copyFile", "copyFileSync"]) {
    const original = methodOf(Deno, name);
    const { readFileSync } = builtin<typeof import("node:fs")>("node:fs");
    define(Deno, {
      [name]: (from: unknown, to: unknown): unknown => {
        const stream = streamOf(to);
        const writer = stream === undefined ? undefined : writers[stream];
        if (writer === undefined || typeof from === "number") {
          return apply(original, Deno, [from, to]);
        }
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `readFileSync` checks it
        const copy = () => writer(readFileSync(from as string));
        return name.endsWith("Sync") ? copy() : Promise.resolve().then(copy);
      },
    });
  }
  if (writers.stderr !== undefined) catchOwnReports(Deno, writers.stderr);
  for (const name of FILE_FUNCTIONS) {
    const original = methodOf(Deno, name);
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

/** Writes what Deno prints by itself when source throws where nobody listens. */
function catchOwnReports(Deno: DenoNamespace, stderr: Writer): void {
  const original = methodOf(scope, "FinalizationRegistry");
  const registry = guarded(original, {
    check: (args) => {
      const callback = args[0];
      if (!isMethod(callback)) return;
      args[0] = (held: unknown) => {
        try {
          apply(callback, undefined, [held]);
        } catch (error) {
          report(error);
        }
      };
    },
  });
  define(scope, { FinalizationRegistry: registry });
  replaceConstructor(original, registry);
  const serve = methodOf(Deno, "serve");
  const { format } = builtin<typeof import("node:util")>("node:util");
  define(Deno, {
    serve: (first: unknown, second?: unknown): unknown => {
      if (!isObject(first)) return apply(serve, Deno, [first, second]);
      const isHandler = isMethod(first);
      const given: ServeOptions = isHandler ? {} : first;
      const { onError, onListen } = given;
      const options: ServeOptions = {
        ...given,
        onListen: onListen ?? ((address) => stderr(`Listening on ${textOf(address)}\n`)),
        async onError(error) {
          let last = error;
          try {
            if (onError !== undefined) return await onError(error);
          } catch (thrown) {
            last = thrown;
          }
          stderr(`${format(last)}\n`);
          return new scope.Response("Internal Server Error", { status: 500 });
        },
      };
      return apply(serve, Deno, [options, isHandler ? first : second]);
    },
  });
}

function textOf({ hostname, port, path }: Address): string {
  return path ?? `${hostname}:${port}`;
}

/** What takes the place of `Deno.stdout`; the original is out of reach. */
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
