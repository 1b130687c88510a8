// The error of values that do not fit their schema; a file of its own beside errors.ts, for room.

import { tag } from "./errors.ts";

/** One thing that is wrong with a value that does not fit its schema. */
export interface ValidationIssue {
  /** What is wrong, in the words of the schema. */
  readonly message: string;
  /** Where in the value: the keys and indexes that lead there. Empty: all of it. */
  readonly path: readonly (string | number)[];
}

/**
 * A value does not fit the schema that was given for it, or the schema threw: then `cause` is
 * what it threw. A value that was received is dropped; the error does not have it.
 *
 * @see Not in Python, where nothing checks what arrives.
 *
 * @example What is wrong, and where
 * ```ts
 * import { createChannel, ValidationError } from "subinterpreters";
 * import * as z from "zod";
 * import assert from "node:assert/strict";
 *
 * const [recv, send] = createChannel({ schema: z.object({ n: z.number() }) });
 * send.sendNowait(JSON.parse('{ "n": "one" }'));
 * const error = await recv.recv().catch((e) => e);
 * assert.ok(error instanceof ValidationError);
 * assert.deepEqual(error.issues[0]?.path, ["n"]);
 * assert.equal(error.channel, recv.id);
 * ```
 */
// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; a base class has to be public.
export class ValidationError extends Error {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "ValidationError";
  /** What is wrong: the first 50 things. */
  readonly issues: readonly ValidationIssue[];
  /** The id of the channel that the value came through; absent if it came another way. */
  declare readonly channel?: number;
  /** The id of the queue that the value came through; absent if it came another way. */
  declare readonly queue?: number;

  /**
   * Makes the error of a value that does not fit.
   *
   * @param message What could not be done, and why.
   * @param details What is wrong; the id of the channel or queue, if the value came
   *   through one; what the schema threw, if it did.
   */
  constructor(
    message: string,
    details: {
      issues: readonly ValidationIssue[];
      channel?: number | undefined;
      queue?: number | undefined;
      cause?: unknown;
    },
  ) {
    const { issues, channel, queue, cause } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.issues = issues;
    if (channel !== undefined) this.channel = channel;
    if (queue !== undefined) this.queue = queue;
  }

  static {
    tag(this, "ValidationError");
  }
}
