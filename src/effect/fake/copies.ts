// Copies of values as they would have crossed to another thread and back.

import { encode } from "../../codec/encode.ts";
import { detach } from "../../codec/pieces.ts";
import { receive } from "../../codec/receive.ts";
import { notedFor, notedInside } from "../../codec/transfers.ts";
import { copyOf } from "../../primordials.ts";
import type { Packed } from "../../protocol/frames.ts";

/**
 * A copy of a result.
 *
 * @throws {NotShareableError} It cannot cross.
 */
export function copied(value: unknown): unknown {
  if (value === undefined) return undefined;
  const { bytes, shared } = encode(value, undefined, notedFor(value));
  return receive("The value", {
    bytes: copyOf(bytes),
    shared: detach(shared, "Cannot return the value"),
  });
}

/** Arguments as they are sent. */
export function packed(args: readonly unknown[], subject: string): Packed {
  const { bytes, shared, channels } = encode(args, subject, notedInside(args, undefined));
  return { bytes: copyOf(bytes), shared: detach(shared, subject), channels };
}

/** What has been sent, a list of arguments for example; what it moves leaves the sender. */
export function unpacked<T>(name: string, sent: Packed): T {
  return receive(name, { ...sent, shared: detach(sent.shared, name) }) as T;
}
