// The checks of the options of queues. Those of `createQueue` are the same for a program and
// for a guest that asks for a queue.

import type { UnboundItems } from "../channel/channel.ts";
import { checkUnboundItems } from "./channel_options.ts";
import { checkBoolean, checkKeys, checkSignal, checkTimeout, show } from "./checks.ts";
import type { PutOptions, QueueOptions, ShutdownOptions, StoredQueueOptions } from "./options.ts";

// Taken now: source may declare names of its own that hide these.
const { Number, RangeError, TypeError } = globalThis;

const LARGEST = 2 ** 31 - 1;

/** What `createQueue` was given, checked, defaults filled in. */
export function checkQueueOptions(given: number | QueueOptions): StoredQueueOptions {
  const what = "Cannot create a queue";
  const options = typeof given === "number" ? { maxsize: given } : given;
  checkKeys(what, options, ["maxsize", "unboundItems", "schema"]);
  const { maxsize = 0, unboundItems = "keep" } = options;
  if (!Number.isInteger(maxsize)) {
    throw new TypeError(
      `${what}: maxsize must be an integer, or 0 for any number of items, received ${
        show(maxsize)
      }`,
    );
  }
  if (maxsize < -LARGEST || maxsize > LARGEST) {
    throw new RangeError(
      `${what}: maxsize must be between -${LARGEST} and ${LARGEST}, received ${maxsize}`,
    );
  }
  checkUnboundItems(what, unboundItems);
  return { maxsize, unboundItems };
}

/** The options of a put or get, checked. */
export interface CheckedWait {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly choice: UnboundItems | undefined;
}

const FOR_EVER: CheckedWait = { signal: undefined, timeoutMs: Infinity, choice: undefined };

/**
 * The options of a put or get.
 *
 * @param keys The options that it takes.
 */
export function checkWait(
  what: string,
  options: PutOptions | undefined,
  keys: readonly (keyof PutOptions)[],
): CheckedWait {
  if (options === undefined) return FOR_EVER;
  checkKeys(what, options, keys);
  const { signal, timeout, block, unboundItems } = options;
  const timeoutMs = checkTimeout(what, timeout);
  if (unboundItems !== undefined) checkUnboundItems(what, unboundItems);
  return {
    signal: checkSignal(what, signal),
    timeoutMs: checkBoolean(`${what}: block`, block, true) ? timeoutMs : 0,
    choice: unboundItems,
  };
}

/** The `immediate` of `shutdown`, checked. */
export function checkImmediate(what: string, options: ShutdownOptions | undefined): boolean {
  if (options === undefined) return false;
  checkKeys(what, options, ["immediate"]);
  return checkBoolean(`${what}: immediate`, options.immediate, false);
}
