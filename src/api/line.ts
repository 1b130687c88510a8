// The lines of this realm: what carries calls to each interpreter that it calls without a run.
// A line is opened with the first call, and given up when its interpreter ends.

import { SafeMap } from "../primordials.ts";
import { Lane } from "./lane.ts";
import type { Answered, LineCall, PostedCall, Target } from "./posted_call.ts";

export type { Answered, LineCall, PostedCall, Target } from "./posted_call.ts";

const lines = new SafeMap<number, Line>();

/** The line to an interpreter. */
export function lineTo(id: number): Line {
  return lines.get(id) ?? new Line(id);
}

/** The target of a call that sends a function's text. */
export function functionTarget(source: string, filename: string): Target {
  return {
    key: `${filename}\n${source}`,
    name: "a function",
    what: { kind: "function", source, filename },
  };
}

/** The target of a call of a module's function. */
export function exportTarget(module: string, name: string): Target {
  return {
    key: `\n${module}\n${name}`,
    name: `"${name}" of "${module}"`,
    what: { kind: "export", module, name },
  };
}

/** What carries calls to one interpreter. */
export class Line {
  readonly #id: number;
  #interleaved: Lane | undefined;
  #inTurn: Lane | undefined;

  constructor(id: number) {
    this.#id = id;
  }

  /**
   * Sends a call.
   *
   * @param call If it is `inTurn`, it begins when those before it are answered, and can be
   *   withdrawn until then; else it begins when it is received.
   * @throws {InterpreterNotFoundError} The interpreter is closed.
   * @throws {InterpreterError} It is the main or the current one.
   * @throws {NotShareableError | RangeError | TypeError} The call cannot be sent; nothing was.
   */
  post(call: LineCall & { readonly inTurn: boolean }, answered: Answered): PostedCall {
    return this.#lane(call.inTurn).post(call, answered);
  }

  /** Loads a module there, and asks what it exports: a `Description`. */
  describe(module: string, answered: Answered): PostedCall {
    return this.#lane(false).describe(module, answered);
  }

  /** Asks for a copy of an export of a module. */
  read(module: string, name: string, answered: Answered): PostedCall {
    return this.#lane(false).read(module, name, answered);
  }

  #lane(isInTurn: boolean): Lane {
    const known = isInTurn ? this.#inTurn : this.#interleaved;
    if (known !== undefined) return known;
    const lane = new Lane(this.#id, isInTurn, () => this.#forget(isInTurn));
    if (isInTurn) this.#inTurn = lane;
    else this.#interleaved = lane;
    lines.set(this.#id, this);
    return lane;
  }

  #forget(isInTurn: boolean): void {
    if (isInTurn) this.#inTurn = undefined;
    else this.#interleaved = undefined;
    if (this.#inTurn === undefined && this.#interleaved === undefined) lines.delete(this.#id);
  }
}
