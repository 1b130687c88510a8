// The option `stdin` of `create`, and its check.

import type { InputSource } from "../protocol/options.ts";
import { show } from "./checks.ts";

// Taken now: source may declare names of its own that hide these.
const { RangeError, TypeError } = globalThis;

/** What an interpreter reads as standard input; `CreateOptions.stdin` says what each means. */
export type InputOption =
  | "none"
  | "inherit"
  // Any other text. Written like this, editors still offer the two words.
  | (string & Record<never, never>)
  | ReadableStream<string | Uint8Array>;

/** The longest text, in characters. A longer one is better given as a stream. */
const LONGEST_INPUT = 2 ** 26;

/** Throws unless the value can be standard input. */
export function checkInput(what: string, input: unknown = "none"): InputSource {
  if (input === "none" || input === "inherit") return { kind: input };
  if (isStream(input)) {
    if (input.locked) {
      throw new TypeError(
        `${what} must be a stream that nobody else reads; release its reader first`,
      );
    }
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

/** Without asking the class: Node would load all that streams are made of, in each thread. */
export function isStream(value: unknown): value is ReadableStream<string | Uint8Array> {
  return typeof value === "object" && value !== null && "getReader" in value && "locked" in value;
}
