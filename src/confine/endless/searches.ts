// Searches that nothing can end on V8: `includes` and its like go through 2 ** 53 elements of whatever
// says that it is so long, and look for no kill meanwhile (Node 20 and Deno 2.9, measured; those of
// JavaScriptCore do). So on all but real arrays of the usual length they are loops of this module,
// which a kill ends.

import { globals } from "../../runtime/globals.ts";
import { methodOf } from "../../runtime/guard.ts";
import { isShortArray, lengthOf, toInteger } from "./lengths.ts";
import { replace } from "../../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Math, Object, Reflect } = globalThis;
const { max, min } = Math;
const { apply, has } = Reflect;

/** Whatever has elements. */
type List = object & Readonly<Record<number, unknown>>;
type Range = (length: number, from: readonly unknown[]) => [start: number, step: 1 | -1];

const up: Range = (length, [from]) => {
  const start = toInteger(from);
  return [start < 0 ? max(length + start, 0) : start, 1];
};
const down: Range = (length, from) => {
  const start = from.length > 0 ? toInteger(from[0]) : length - 1;
  return [start < 0 ? length + start : min(start, length - 1), -1];
};

/** Replaces the searches, in this thread. */
export function letSearchesEnd(): void {
  if (globals.Bun !== undefined) return;
  const find = (list: List, item: unknown, range: (length: number) => [number, 1 | -1]) => {
    const length = lengthOf(list);
    if (length === 0) return -1;
    const [start, step] = range(length);
    for (let k = start; k >= 0 && k < length; k += step) {
      if (has(list, k) && list[k] === item) return k;
    }
    return -1;
  };
  const searches = {
    includes(this: unknown, ...args: unknown[]): unknown {
      if (isShortArray(this)) return apply(includes, this, args);
      const [item, ...from] = args;
      const list: List = Object(this);
      const length = lengthOf(list);
      if (length === 0) return false;
      for (let [k] = up(length, from); k < length; k++) {
        const element = list[k];
        // NaN is found, too.
        if (element === item || (element !== element && item !== item)) return true;
      }
      return false;
    },
    indexOf(this: unknown, ...args: unknown[]): unknown {
      if (isShortArray(this)) return apply(indexOf, this, args);
      const [item, ...from] = args;
      return find(Object(this), item, (length) => up(length, from));
    },
    lastIndexOf(this: unknown, ...args: unknown[]): unknown {
      if (isShortArray(this)) return apply(lastIndexOf, this, args);
      const [item, ...from] = args;
      return find(Object(this), item, (length) => down(length, from));
    },
  };
  const { prototype } = Array;
  const includes = methodOf(prototype, "includes");
  const indexOf = methodOf(prototype, "indexOf");
  const lastIndexOf = methodOf(prototype, "lastIndexOf");
  for (const [name, search] of Object.entries(searches)) {
    Object.defineProperty(search, "length", { value: 1, configurable: true });
    replace(prototype, name, search);
  }
}
