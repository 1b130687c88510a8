// The schemas of queues in this realm. There is one handle for each queue, so a queue has one
// schema here; it stays though nobody may hold the handle for a while.

import { SafeMap } from "../primordials.ts";
import { checkKeys } from "./checks.ts";
import { findQueue } from "./ends.ts";
import type { QueueHandleOptions } from "./options.ts";
import type { StandardSchemaV1 } from "./standard_schema.ts";
import { checkSchema, Validator } from "./validation.ts";

// Taken now: source may declare names of its own that hide these.
const { Math, TypeError } = globalThis;

interface Entry {
  readonly schema: unknown;
  readonly validator: Validator<unknown>;
}

const entries = new SafeMap<number, Entry>();
/** When there are so many, those of queues that are gone are forgotten. */
let sweepAt = 100;

/** What the items must fit that are got from the queue of that id here. */
export function validatorOfQueue<T>(id: number): Validator<T> | undefined {
  if (entries.size === 0) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type is a claim of the user's
  return entries.get(id)?.validator as Validator<T> | undefined;
}

/** The schema among the options of a handle, checked. */
export function schemaOfHandle<T>(
  options: QueueHandleOptions<T>,
): StandardSchemaV1<unknown, T> | undefined {
  const what = "Cannot make a Queue";
  checkKeys(what, options, ["schema"]);
  const { schema } = options;
  if (schema !== undefined) checkSchema(`${what}: schema`, schema);
  return schema;
}

/** Gives a queue its schema in this realm; throws if it has another one. */
export function setSchemaOfQueue(id: number, schema: StandardSchemaV1): void {
  const known = entries.get(id);
  if (known?.schema === schema) return;
  if (known !== undefined) {
    throw new TypeError(
      `Cannot make a Queue: queue ${id} has another schema in this interpreter already`,
    );
  }
  if (entries.size >= sweepAt) sweep();
  const validator = new Validator(checkSchema("Cannot make a Queue: schema", schema), {
    what: `Cannot get from queue ${id}: the item`,
    fate: "and is dropped",
    remedy: "use get()",
    place: { queue: id },
  });
  entries.set(id, { schema, validator });
}

function sweep(): void {
  const gone: number[] = [];
  entries.forEach((_, id) => {
    if (isGone(id)) gone.push(id);
  });
  for (const id of gone) entries.delete(id);
  sweepAt = Math.max(100, 2 * entries.size);
}

function isGone(id: number): boolean {
  try {
    return findQueue(id) === undefined;
  } catch {
    // Nobody here reaches it any more.
    return true;
  }
}
