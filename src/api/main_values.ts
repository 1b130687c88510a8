// What `prepareMain` binds, and its check.

import { isRecord, show } from "./checks.ts";
import { type CheckedRunOptions, checkRunOptions } from "./run_options.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Map, Object, RangeError, TypeError } = globalThis;

/** Names and values: an object, a map, or a list of pairs. */
export type MainValues =
  | Readonly<Record<string, unknown>>
  | ReadonlyMap<string, unknown>
  | readonly (readonly [name: string, value: unknown])[];

/** The run that binds the values. */
export function checkMainValues(
  what: string,
  values: unknown,
  more: unknown = {},
): CheckedRunOptions {
  if (!isRecord(more)) {
    throw new TypeError(`${what}: the second argument must be an object, received ${show(more)}`);
  }
  const all = { ...toRecord(what, values), ...more };
  if (Object.keys(all).length === 0) {
    throw new RangeError(`${what}: values are empty; give at least one name and value`);
  }
  return checkRunOptions(what, { values: all }, false);
}

function toRecord(what: string, values: unknown): Record<string, unknown> {
  if (isRecord(values)) return { ...values };
  const pairs: unknown = values instanceof Map ? [...values] : values;
  if (!Array.isArray(pairs)) {
    throw new TypeError(
      `${what}: values must be an object, a map or a list of pairs, received ${show(values)}`,
    );
  }
  const record: Record<string, unknown> = {};
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== "string") {
      throw new TypeError(
        `${what}: each pair must be a name and a value, received ${show(pair)}`,
      );
    }
    Object.defineProperty(record, pair[0], {
      value: pair[1],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return record;
}
