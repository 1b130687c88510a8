// Methods of arrays that V8 cannot end when a list says that it is endless: they go through 2 ** 53
// elements and look for no kill meanwhile, and `sort` ends the whole process. An isolated interpreter
// may not call them on such lists. Searches are loops of this module instead (searches.ts).

import { globals } from "../../runtime/globals.ts";
import { isMethod, type Method } from "../../runtime/guard.ts";
import { isShortArray, MAX_LENGTH, withFixedLength } from "./lengths.ts";
import { replace, resemble } from "../../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Object, RangeError, Reflect } = globalThis;
const { apply, get } = Reflect;

/** Methods that a check makes slower by a fifth at most; docs/enforcement.md has the others. */
const METHODS: readonly string[] = [
  ...["copyWithin", "fill", "flat", "join", "reverse", "shift", "sort", "splice"],
  ...["toReversed", "toSorted", "toSpliced", "unshift", "with"],
];

/** Refuses these methods on lists that are too long, in this thread. */
export function refuseLongLists(): void {
  if (globals.Bun !== undefined) return;
  for (const name of METHODS) {
    const original: unknown = get(Array.prototype, name);
    // Not every Node has those that make a copy.
    if (!isMethod(original)) continue;
    const method = get({
      method(this: unknown, ...args: unknown[]): unknown {
        return isShortArray(this)
          ? apply(original, this, args)
          : callOnFixed(original, { name, list: this, args });
      },
    }, "method");
    resemble(method, original);
    replace(Array.prototype, name, method);
  }
}

interface Call {
  readonly name: string;
  readonly list: unknown;
  readonly args: unknown[];
}

function callOnFixed(original: Method, { name, list, args }: Call): unknown {
  const object: object = Object(list);
  const fixed = withFixedLength(object, (length) => {
    if (length <= MAX_LENGTH) return;
    throw new RangeError(
      `Cannot call ${name}() on something of length ${length}: it could not be ended, so an isolated interpreter may have ${MAX_LENGTH} at most; go through it in a loop, or create the interpreter with { isolated: false }`,
    );
  });
  const result = apply(original, fixed, args);
  return result === fixed ? object : result;
}
