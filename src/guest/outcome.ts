// What runs and calls have in common: how they fail, and whether their value is awaited.

import { toExcinfo } from "../codec/excinfo.ts";
import type { Excinfo } from "../errors.ts";
import type { NeededName } from "../protocol/frames.ts";
import type { RefusalTag } from "../protocol/line.ts";

/** The error as plain data; the host must hear of it even if source broke what reading it takes. */
export function excinfoOf(error: unknown): Excinfo {
  try {
    return toExcinfo(error);
  } catch {
    return { name: "Error", message: "What was thrown cannot be read: source broke its realm" };
  }
}

/** Whether a value that is no promise has to be awaited. */
export function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}

/** Why a function cannot be called here: it is a closure, and its name stayed behind. */
export function refersTo(id: number, { name, line, column, remedy }: NeededName): string {
  return `Cannot call a function in interpreter ${id}: it refers to "${name}" at line ${line}, column ${column} of its text, which is neither its own, nor an argument, nor a name in the interpreter, nor a global; ${remedy}`;
}

/** A call that is refused, and not by what it calls. */
// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; a base class has to be public.
export class Refused extends Error {
  readonly #tag: RefusalTag;
  constructor(tag: RefusalTag, message: string) {
    super(message);
    this.#tag = tag;
  }

  get tag(): RefusalTag {
    return this.#tag;
  }

  /** Whether something that was thrown is one. `instanceof` would run a trap of a thrown proxy. */
  static is(error: unknown): error is Refused {
    return typeof error === "object" && error !== null && #tag in error;
  }
}
