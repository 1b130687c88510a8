// Where output of source goes, and which standard stream a file descriptor, a path or a URL means.

import { resolve as resolvePath } from "node:path";
import { fileURLToPath } from "node:url";
import { process } from "../runtime/builtins.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, RegExp, String, TextDecoder, URL, Uint8Array } = globalThis;

/** Takes the next bytes or text of one stream. */
export type Writer = (chunk: string | Uint8Array) => void;
/** Writers of standard output and error; the runtime's own way where there is none. */
export interface Writers {
  readonly stdout: Writer | undefined;
  readonly stderr: Writer | undefined;
}

/** Paths of the first three files that the process has open, once they are resolved. */
const PATH = new RegExp(
  String
    .raw`^/(?:dev/std(in|out|err)|(?:dev|proc/(?:self|thread-self|${process.pid})(?:/task/\d+)?)/fd/([012]))$`,
);
/** What such a path ends with, however it is written. Most paths are ruled out by this. */
const ENDING = /(?:std(?:in|out|err)|fd\/+(?:\.\/+)*[012])\/*$/;
/** The descriptors, by what the two groups of the pattern match. */
const NAMES: Readonly<Record<string, StandardDescriptor>> = {
  ...{ in: 0, out: 1, err: 2 },
  ...{ 0: 0, 1: 1, 2: 2 },
};

/** File descriptors of standard input, output and error. */
export type StandardDescriptor = 0 | 1 | 2;

/** The standard stream that a number, a path or a URL means, as its file descriptor. */
export function descriptorOf(target: unknown): StandardDescriptor | undefined {
  if (target === 0 || target === 1 || target === 2) return target;
  const path = pathOf(target);
  if (path === undefined || !ENDING.test(path)) return undefined;
  const match = PATH.exec(resolvePath(path).replace(/\/+$/, ""));
  if (match === null) return undefined;
  return NAMES[match[1] ?? match[2] ?? ""];
}

/** Which stream of output the target is; `undefined` for everything else. */
export function streamOf(target: unknown): "stdout" | "stderr" | undefined {
  const descriptor = descriptorOf(target);
  if (descriptor === 1) return "stdout";
  return descriptor === 2 ? "stderr" : undefined;
}

function pathOf(target: unknown): string | undefined {
  if (target instanceof Uint8Array) return new TextDecoder().decode(target);
  const text = typeof target === "string"
    ? target
    : target instanceof URL
    ? target.href
    : undefined;
  if (text?.startsWith("file:") !== true) return text;
  try {
    return fileURLToPath(text);
  } catch {
    return undefined;
  }
}

/** Replaces properties. */
export function define(target: object, properties: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(properties)) {
    // Bun's own are writable and not configurable.
    const isFixed = Object.getOwnPropertyDescriptor(target, key)?.configurable === false;
    Object.defineProperty(
      target,
      key,
      isFixed ? { value } : { value, writable: true, configurable: true },
    );
  }
}
