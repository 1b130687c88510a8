// Bun's own writers: `Bun.write`, and the methods of `Bun.stdout`, `Bun.stderr` and of
// files that mean these.

import { builtin } from "../../runtime/builtins.ts";
import type { BunNamespace } from "../../runtime/globals.ts";
import { isMethod, isObject, methodOf } from "../../runtime/guard.ts";
import { bytesOf } from "../file_arguments.ts";
import { define, streamOf, type Writer, type Writers } from "../target.ts";

// Taken now: source may declare names of its own that hide these.
const { Reflect, WeakMap, globalThis: scope } = globalThis;
const { apply } = Reflect;
const { devNull } = builtin<typeof import("node:os")>("node:os");

/** Makes Bun's writers write to these. */
export function replaceBunWriters(Bun: BunNamespace, writers: Writers): void {
  // Read here: Node takes 15 ms to load what these are made of.
  const { Blob, Response } = scope;
  const known = new WeakMap<object, Writer>();
  const writerOf = (target: unknown): Writer | undefined => {
    const stream = streamOf(target);
    if (stream !== undefined) return writers[stream];
    return isObject(target) ? known.get(target) : undefined;
  };
  const { file, write } = Bun;
  /** `Bun.write` takes blobs and responses too; those have to be read first. */
  const writeAny = async (writer: Writer, data: unknown): Promise<number> => {
    const isBody = data instanceof Blob || data instanceof Response;
    const bytes = bytesOf(isBody ? await data.arrayBuffer() : data);
    writer(bytes);
    return bytes.length;
  };
  // A file that leads nowhere: of Bun's own, source could make copies and slices.
  const standIn = (writer: Writer): object => {
    const made = apply(file, Bun, [devNull]);
    known.set(made, writer);
    return made;
  };
  for (const stream of ["stdout", "stderr"] as const) {
    const writer = writers[stream];
    if (writer !== undefined) define(Bun, { [stream]: standIn(writer) });
  }
  define(Bun, {
    file: (target: unknown, ...rest: unknown[]): unknown => {
      const stream = streamOf(target);
      const writer = stream === undefined ? undefined : writers[stream];
      return writer === undefined ? apply(file, Bun, [target, ...rest]) : standIn(writer);
    },
    write: (target: unknown, data: unknown, ...rest: unknown[]): unknown => {
      const writer = writerOf(target);
      if (writer === undefined) return apply(write, Bun, [target, data, ...rest]);
      return writeAny(writer, data);
    },
  });
  if (writers.stderr !== undefined) catchOwnReports(Bun, writers.stderr);
  const { prototype } = Blob;
  const original = {
    write: methodOf(prototype, "write"),
    writer: methodOf(prototype, "writer"),
  };
  define(prototype, {
    write(this: object, data: unknown, ...rest: unknown[]): unknown {
      const writer = known.get(this);
      if (writer === undefined) return apply(original.write, this, [data, ...rest]);
      return writeAny(writer, data);
    },
    writer(this: object, ...rest: unknown[]): unknown {
      const writer = known.get(this);
      return writer === undefined ? apply(original.writer, this, rest) : toFileSink(writer);
    },
  });
}

/** Writes what Bun prints by itself when a handler of a server throws. */
function catchOwnReports(Bun: BunNamespace, stderr: Writer): void {
  const { Response } = scope;
  const { serve } = Bun;
  const { format } = builtin<typeof import("node:util")>("node:util");
  define(Bun, {
    serve: (given: unknown, ...rest: unknown[]): unknown => {
      if (typeof given !== "object" || given === null) return apply(serve, Bun, [given, ...rest]);
      const handle: unknown = Reflect.get(given, "error");
      const error = async function (this: unknown, thrown: unknown): Promise<unknown> {
        let last = thrown;
        try {
          if (isMethod(handle)) return await apply(handle, this, [thrown]);
        } catch (other) {
          last = other;
        }
        stderr(`${format(last)}\n`);
        return new Response("Something went wrong!", { status: 500 });
      };
      return apply(serve, Bun, [{ ...given, error }, ...rest]);
    },
  });
}

/** What a file's `writer()` gives. */
function toFileSink(writer: Writer): object {
  return {
    write(data: unknown): number {
      const bytes = bytesOf(data);
      writer(bytes);
      return bytes.length;
    },
    start() {},
    flush: () => 0,
    end: () => 0,
    ref() {},
    unref() {},
  };
}
