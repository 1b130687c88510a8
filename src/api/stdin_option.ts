// The option `stdin` of `create`, and its check.

import type { InputSource } from "../protocol/options.ts";
import { show } from "./checks.ts";

// Taken now: source may declare names of its own that hide these.
const { RangeError, TypeError } = globalThis;

/** What the interpreter's standard input is: see `CreateOptions.stdin`. */
export type InputOption =
  | "none"
  | "inherit"
  // Any other text; so written, editors show the two words.
  | (string & Record<never, never>)
  | ReadableStream<string | Uint8Array>;

/** Longer text is better given as a stream. */
const LONGEST_INPUT = 2 ** 26;

/** Throws unless the value can be standard input. */
export function checkInput(what: string, input: unknown = "none"): InputSource {
  if (input === "none" || input === "inherit") return { kind: input };
  if (isStream(input)) {
    if (input.locked) throw new TypeError(`${what} must be a stream that nobody else reads`);
    return { kind: "stream" };
  }
  if (typeof input !== "string") {
    throw new TypeError(
      `${what} must be "none", "inherit", text or a ReadableStream, received ${show(input)}`,
    );
  }
  if (input.length > LONGEST_INPUT) {
    throw new RangeError(
      `${what} must have at most ${LONGEST_INPUT} characters, received ${input.length}; hand it over as a stream`,
    );
  }
  return { kind: "text", text: input };
}

/** Without the class: Node would load what it is made of in each thread. */
export function isStream(value: unknown): value is ReadableStream<string | Uint8Array> {
  return typeof value === "object" && value !== null && "getReader" in value && "locked" in value;
}
