// The door of the encoder: one encoder for the whole realm, and errors that explain.

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
 * Reads what structured cloning reads: own enumerable string-keyed properties. A
 * getter is called and what it returns is sent.
 *
 * @param subject What the value is, for the message.
 * @throws {NotShareableError} It cannot cross; the message has the path to the part that cannot.
 * @throws {RangeError} It takes more than `MAX_MESSAGE_BYTES`.
 */
export function encode(value: unknown, subject = "The value"): Encoded {
  return encodeOnce(value, { subject, inChunks: false });
}

/** As `encode`, but for the contents of long buffers, which are the `chunks` of what it returns. */
export function encodeInChunks(value: unknown): Encoded {
  return encodeOnce(value, IN_CHUNKS);
}

interface How {
  readonly subject: string;
  readonly inChunks: boolean;
}

const IN_CHUNKS: How = { subject: "The value", inChunks: true };

function encodeOnce(value: unknown, how: How): Encoded {
  // A getter may send something itself.
  if (isBusy) return encodeWith(new Encoder(), value, how);
  isBusy = true;
  try {
    return encodeWith(shared, value, how);
  } finally {
    isBusy = false;
  }
}

function encodeWith(encoder: Encoder, value: unknown, { subject, inChunks }: How): Encoded {
  try {
    return encoder.encode(value, inChunks);
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
