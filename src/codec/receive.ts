// Values that come along with a run, and its result: what one side could encode the other may
// yet have to refuse.

import { NotShareableError } from "../errors.ts";
import { decode } from "./decode.ts";
import type { DecodeOptions } from "./payload.ts";
import type { Piece } from "./pieces.ts";

// Taken now: source may declare names of its own that hide these.
const { TypeError } = globalThis;

/** A value on its way, with its pieces. */
interface Sent {
  readonly bytes: Uint8Array;
  readonly shared: readonly Piece[];
}

/**
 * Decodes a value.
 *
 * @param name What the value is called in the message of an error.
 * @throws {NotShareableError} It would take far too much to make it; its `cause` says what.
 */
export function receive(
  name: string,
  { bytes, shared }: Sent,
  options?: DecodeOptions,
): unknown {
  try {
    return decode(bytes, shared, options);
  } catch (cause) {
    const why = cause instanceof TypeError ? `: ${cause.message}` : "";
    throw new NotShareableError(`${name} cannot be received${why}`, { cause });
  }
}
