// Deno's own writers: `Deno.stdout`, `Deno.stderr`, and the functions that write files,
// for the paths that mean these.

import { builtin } from "../../runtime/builtins.ts";
import { beforeUse } from "../../runtime/deno/modules.ts";
import { globals } from "../../runtime/globals.ts";
import { bytesOf } from "../file_writers.ts";
import { define, streamOf, type Writer, type Writers } from "../target.ts";
import { replace } from "../../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { FinalizationRegistry, Promise, Proxy, Reflect, Symbol, WritableStream, globalThis: scope } =
  globalThis;
const { apply, construct } = Reflect;
const report = (scope as unknown as { readonly reportError?: (error: unknown) => void })
  .reportError?.bind(scope) ?? (() => {});

type AnyFunction = (...args: unknown[]) => unknown;
interface Address {
  readonly hostname?: string;
  readonly port?: number;
  readonly path?: string;
}

interface ServeOptions {
  readonly onListen?: (address: Address) => void;
  readonly onError?: (error: unknown) => Response | Promise<Response>;
}

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
  for (const name of ["copyFile", "copyFileSync"]) {
    const original = Deno[name]!;
    const { readFileSync } = builtin<typeof import("node:fs")>("node:fs");
    define(Deno, {
      [name]: (from: unknown, to: unknown): unknown => {
        const stream = streamOf(to);
        const writer = stream === undefined ? undefined : writers[stream];
        if (writer === undefined || typeof from === "number") {
          return apply(original, Deno, [from, to]);
        }
        const copy = () => writer(readFileSync(from as string));
        return name.endsWith("Sync") ? copy() : Promise.resolve().then(copy);
      },
    });
  }
  if (writers.stderr !== undefined) catchOwnReports(Deno, writers.stderr);
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

/** What Deno prints by itself when source throws where nobody listens. */
function catchOwnReports(Deno: Record<string, AnyFunction>, stderr: Writer): void {
  define(scope, {
    FinalizationRegistry: new Proxy(FinalizationRegistry, {
      construct: (target, [callback], newTarget) =>
        construct(target, [
          typeof callback !== "function" ? callback : (held: unknown) => {
            try {
              apply(callback as AnyFunction, undefined, [held]);
            } catch (error) {
              report(error);
            }
          },
        ], newTarget as AnyFunction) as object,
    }),
  });
  replace(FinalizationRegistry.prototype, "constructor", scope.FinalizationRegistry);
  const { serve } = Deno;
  const { format } = builtin<typeof import("node:util")>("node:util");
  define(Deno, {
    serve: (first: unknown, second?: unknown): unknown => {
      const isHandler = typeof first === "function";
      if (!isHandler && (typeof first !== "object" || first === null)) {
        return apply(serve!, Deno, [first, second]);
      }
      const given = (isHandler ? {} : first) as ServeOptions;
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
      return apply(serve!, Deno, [options, isHandler ? first : second]);
    },
  });
}

function textOf({ hostname, port, path }: Address): string {
  return path ?? `${hostname}:${port}`;
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
