// Files of source as they were named: read, checked to be text, and refused in words that help.

import { distance } from "fastest-levenshtein";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import process from "node:process";
import { UsageError } from "./terminal.ts";

/** Source, and what its interpreter needs to know of where it stood. */
export interface Source {
  /** As it was named. */
  readonly name: string;
  readonly text: string;
  /** What stack traces call it. */
  readonly filename: string;
  /** What its relative imports resolve against. */
  readonly baseUrl: string;
  readonly language: "typescript" | "javascript";
}

/** Most bytes of a file of source. */
const LONGEST = 2 ** 26;
const JAVASCRIPT = [".js", ".mjs", ".cjs", ".jsx"];

/**
 * Reads a file of source, or standard input if its name is "-".
 *
 * @throws {UsageError} There is none, or it is no text.
 */
export async function readSource(name: string): Promise<Source> {
  const isInput = name === "-";
  const path = resolve(name);
  const bytes = await readText(name, isInput ? process.stdin : createReadStream(path))
    .catch((error: unknown) => {
      if (error instanceof UsageError) throw error;
      return explain(name, path, error);
    });
  return {
    name,
    text: decode(name, bytes),
    filename: isInput ? "<stdin>" : path,
    baseUrl: isInput ? process.cwd() : dirname(path),
    language: JAVASCRIPT.includes(extname(path)) ? "javascript" : "typescript",
  };
}

/** Reads to the end, or as far as it can be source: a device may have no end. */
async function readText(
  name: string,
  stream: AsyncIterable<string | Uint8Array>,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const given of stream) {
    const piece = typeof given === "string" ? new TextEncoder().encode(given) : given;
    const binary = piece.indexOf(0);
    if (binary >= 0) {
      throw new UsageError(`Cannot run "${name}": it is not text, byte ${length + binary} is 0`);
    }
    pieces.push(piece);
    length += piece.length;
    if (length > LONGEST) {
      throw new UsageError(`Cannot run "${name}": it has more than ${LONGEST / 2 ** 20} MiB`);
    }
  }
  return Buffer.concat(pieces);
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    // A script of a shell's begins with #!, which is no source.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/^#!/, "//");
  } catch {
    throw new UsageError(`Cannot run "${name}": it is not text in UTF-8`);
  }
}

async function explain(name: string, path: string, error: unknown): Promise<never> {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EISDIR") {
    throw new UsageError(`Cannot run "${name}": it is a directory; name a file in it`);
  }
  if (code === "EACCES" || code === "EPERM") {
    throw new UsageError(`Cannot run "${name}": this user may not read it`);
  }
  if (code !== "ENOENT" && code !== "ENOTDIR") {
    throw new UsageError(
      `Cannot run "${name}": ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const near = await nearest(path);
  const suggestion = near === undefined ? "" : `; did you mean "${join(dirname(name), near)}"?`;
  throw new UsageError(`Cannot run "${name}": there is no such file${suggestion}`);
}

/** The name beside it that looks most like it, if one does. */
async function nearest(path: string): Promise<string | undefined> {
  const wanted = basename(path);
  const there = await readdir(dirname(path)).catch(() => []);
  const [best] = there.map((name) => ({ name, far: distance(name, wanted) }))
    .toSorted((a, b) => a.far - b.far);
  return best !== undefined && best.far <= Math.max(2, wanted.length * 0.4) ? best.name : undefined;
}
