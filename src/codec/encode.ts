// The door of the encoder: one encoder for the whole realm, and errors that say which part of
// a value cannot cross.

import { NotShareableError } from "../errors.ts";
import { Refusal, TooDeep } from "./brands.ts";
import { Encoder } from "./encoder.ts";
import { explain } from "./explain.ts";
import type { Encoded } from "./payload.ts";
import { MAX_DEPTH } from "./tags.ts";

const shared = new Encoder();
let isBusy = false;

/**
 * Encodes a value.
 *
 * Reads what structured cloning reads: own enumerable properties with string keys. A getter
 * is called, and what it returns is sent.
 *
 * @param subject What the value is called in the message of an error.
 * @throws {NotShareableError} It cannot cross; the message has the path to the part that cannot.
 * @throws {RangeError} Its bytes are more than `MAX_MESSAGE_BYTES`.
 */
export function encode(value: unknown, subject = "The value"): Encoded {
  return encodeOnce(value, { subject, leavesLongOut: false });
}

/**
 * As `encode`, but leaves long contents of buffers out of the bytes: they are the `contents` of the
 * result.
 */
export function encodeForRecord(value: unknown): Encoded {
  return encodeOnce(value, LEAVING_LONG_OUT);
}

interface How {
  readonly subject: string;
  readonly leavesLongOut: boolean;
}

const LEAVING_LONG_OUT: How = { subject: "The value", leavesLongOut: true };

function encodeOnce(value: unknown, how: How): Encoded {
  // A getter of the value may itself encode something.
  if (isBusy) return encodeWith(new Encoder(), value, how);
  isBusy = true;
  try {
    return encodeWith(shared, value, how);
  } finally {
    isBusy = false;
  }
}

function encodeWith(encoder: Encoder, value: unknown, { subject, leavesLongOut }: How): Encoded {
  try {
    return encoder.encode(value, leavesLongOut);
  } catch (error) {
    if (error instanceof TooDeep) {
      throw new NotShareableError(
        `${subject} cannot cross: it is nested more than ${MAX_DEPTH} levels deep`,
      );
    }
    if (error instanceof Refusal) {
      throw new NotShareableError(`${subject} cannot cross: ${explain(value)}`);
    }
    throw error;
  }
}
