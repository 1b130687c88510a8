// Bun's own writers: `Bun.write`, and the methods of `Bun.stdout`, `Bun.stderr` and of
// files that mean these.

import { bytesOf } from "./file_writers.ts";
import { globals } from "./globals.ts";
import { define, streamOf, type Writer, type Writers } from "./output_target.ts";

// Taken now: source may declare names of its own that hide these.
const { Blob, Reflect, Response, WeakMap } = globalThis;

type AnyFunction = (...args: unknown[]) => unknown;

interface BunFiles {
  readonly stdout: object;
  readonly stderr: object;
  file: AnyFunction;
  write: AnyFunction;
}

/** Makes Bun's writers write to these. */
export function replaceBunWriters(writers: Writers): void {
  const Bun = globals.Bun as unknown as BunFiles | undefined;
  if (Bun === undefined) return;
  const known = new WeakMap<object, Writer>();
  const writerOf = (target: unknown): Writer | undefined => {
    const stream = streamOf(target);
    if (stream !== undefined) return writers[stream];
    return typeof target === "object" && target !== null ? known.get(target) : undefined;
  };
  const remember = (file: object, stream: "stdout" | "stderr") => {
    const writer = writers[stream];
    if (writer !== undefined) known.set(file, writer);
  };
  remember(Bun.stdout, "stdout");
  remember(Bun.stderr, "stderr");
  const { file, write } = Bun;
  define(Bun, {
    file: (target: unknown, ...rest: unknown[]): unknown => {
      const made = Reflect.apply(file, Bun, [target, ...rest]) as object;
      const stream = streamOf(target);
      if (stream !== undefined) remember(made, stream);
      return made;
    },
    write: (target: unknown, data: unknown, ...rest: unknown[]): unknown => {
      const writer = writerOf(target);
      if (writer === undefined) return Reflect.apply(write, Bun, [target, data, ...rest]);
      return writeAny(writer, data);
    },
  });
  const methods = Blob.prototype as unknown as Record<"write" | "writer", AnyFunction>;
  const original = { write: methods.write, writer: methods.writer };
  define(methods, {
    write(this: object, data: unknown, ...rest: unknown[]): unknown {
      const writer = known.get(this);
      if (writer === undefined) return Reflect.apply(original.write, this, [data, ...rest]);
      return writeAny(writer, data);
    },
    writer(this: object, ...rest: unknown[]): unknown {
      const writer = known.get(this);
      return writer === undefined ? Reflect.apply(original.writer, this, rest) : toFileSink(writer);
    },
  });
}

/** `Bun.write` takes blobs and responses too; those have to be read first. */
async function writeAny(writer: Writer, data: unknown): Promise<number> {
  const isBody = data instanceof Blob || data instanceof Response;
  const bytes = bytesOf(isBody ? await data.arrayBuffer() : data);
  writer(bytes);
  return bytes.length;
}

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
