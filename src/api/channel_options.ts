// The check of the options of `createChannel`, the same for a program and for a guest that
// asks for a channel.

import { checkKeys, show } from "./checks.ts";
import type { ChannelOptions, StoredChannelOptions } from "./options.ts";

// Taken now: source may declare names of its own that hide these.
const { Number, RangeError, TypeError } = globalThis;

const UNBOUND_CHOICES: readonly unknown[] = ["keep", "replace", "error", "remove"];

/** Throws unless the value says what becomes of the items of an interpreter that ends. */
export function checkUnboundItems(what: string, unboundItems: unknown): void {
  if (UNBOUND_CHOICES.includes(unboundItems)) return;
  throw new TypeError(
    `${what}: unboundItems must be "keep", "replace", "error" or "remove", received ${
      show(unboundItems)
    }`,
  );
}

/** The options of `createChannel`, checked, defaults filled in. */
export function checkChannelOptions(options: ChannelOptions): StoredChannelOptions {
  const what = "Cannot create a channel";
  checkKeys(what, options, ["unboundItems", "capacity", "schema"]);
  const { unboundItems = "keep", capacity = 16_384 } = options;
  checkUnboundItems(what, unboundItems);
  if (typeof capacity !== "number") {
    throw new TypeError(`${what}: capacity must be a number of bytes, received ${show(capacity)}`);
  }
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > 2 ** 29) {
    throw new RangeError(
      `${what}: capacity must be an integer between 1 and ${2 ** 29} bytes, received ${capacity}`,
    );
  }
  return { unboundItems, capacity };
}
