// The door of the encoder: one encoder for the whole realm, and errors that say which part of
// a value cannot cross.

import { NotShareableError } from "../errors.ts";
import { endBudget, Refusal, TooDeep } from "./brands.ts";
import { TooMuch } from "./budget.ts";
import { Encoder } from "./encoder.ts";
import { explain } from "./explain.ts";
import type { Encoded, Encoding } from "./payload.ts";
import type { Piece } from "./pieces.ts";
import { MAX_DEPTH } from "./tags.ts";

// Taken now: source may declare names of its own that hide these.
const { Set, TypeError } = globalThis;

const shared = new Encoder();
let isBusy = false;

/**
 * Encodes a value.
 *
 * Reads what structured cloning reads: own enumerable properties with string keys. A getter
 * is called, and what it returns is sent.
 *
 * @param subject What the value is called in the message of an error.
 * @param transfer Buffers of the value that move: they become pieces. Absent: none.
 * @throws {NotShareableError} It cannot cross; the message has the path to the part that cannot.
 * @throws {TypeError} A buffer that is to move is not in the value.
 * @throws {RangeError} Its bytes are more than `MAX_MESSAGE_BYTES`.
 */
export function encode(
  value: unknown,
  subject: string = "The value",
  transfer?: readonly ArrayBuffer[],
): Encoded {
  return encodeOnce(value, { subject, leavesLongOut: false, moved: setOf(transfer) });
}

/**
 * As `encode`, but leaves long contents of buffers out of the bytes: they are the `contents` of the
 * result.
 */
export function encodeForRecord(
  value: unknown,
  transfer: readonly ArrayBuffer[] | undefined,
): Encoded {
  if (transfer === undefined) return encodeOnce(value, LEAVING_LONG_OUT);
  return encodeOnce(value, { ...LEAVING_LONG_OUT, moved: setOf(transfer) });
}

interface How extends Encoding {
  readonly subject: string;
}

const LEAVING_LONG_OUT: How = {
  subject: "The value",
  leavesLongOut: true,
  moved: undefined,
};

function setOf(buffers: readonly ArrayBuffer[] | undefined): Set<ArrayBuffer> | undefined {
  return buffers === undefined ? undefined : new Set(buffers);
}

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

function encodeWith(encoder: Encoder, value: unknown, how: How): Encoded {
  const { subject, moved } = how;
  try {
    const encoded = encoder.encode(value, how);
    if (moved !== undefined) checkFound(subject, moved, encoded.shared);
    return encoded;
  } catch (error) {
    if (error instanceof TooDeep) {
      throw new NotShareableError(
        `${subject} cannot cross: it is nested more than ${MAX_DEPTH} levels deep`,
      );
    }
    if (error instanceof TooMuch) {
      throw new NotShareableError(`${subject} cannot cross: ${error.message}`);
    }
    if (error instanceof Refusal) {
      throw new NotShareableError(`${subject} cannot cross: ${explain(value)}`);
    }
    throw error;
  } finally {
    endBudget();
  }
}

/** Throws if a buffer that is to move is nowhere in the value: it would be lost. */
function checkFound(
  subject: string,
  moved: ReadonlySet<ArrayBuffer>,
  pieces: readonly Piece[],
): void {
  const found = new Set<unknown>(pieces);
  let index = 0;
  moved.forEach((buffer) => {
    if (!found.has(buffer)) {
      throw new TypeError(
        `${subject} does not contain transfer[${index}]; leave it out, or send it along`,
      );
    }
    index++;
  });
}
