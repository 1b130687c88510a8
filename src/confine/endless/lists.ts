// Methods of arrays that V8 cannot end when a list says that it is endless: they go through
// 2 ** 53 elements and look for no kill meanwhile, and `sort` ends the whole process. An
// isolated interpreter is refused them there. Searches are loops of ours instead (searches.ts).

import { globals } from "../../runtime/globals.ts";
import { isShortArray, MAX_LENGTH, withFixedLength } from "./lengths.ts";
import { replace, resemble } from "../../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Object, RangeError, Reflect } = globalThis;
const { apply, get } = Reflect;

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Those that a check does not make slower by more than a fifth; docs/enforcement.md has the others. */
const METHODS: readonly string[] = [
  ...["copyWithin", "fill", "flat", "join", "reverse", "shift", "sort", "splice"],
  ...["toReversed", "toSorted", "toSpliced", "unshift", "with"],
];

/** Refuses them, in this thread. */
export function refuseLongLists(): void {
  if (globals.Bun !== undefined) return;
  for (let i = 0; i < METHODS.length; i++) {
    const name = METHODS[i]!;
    const original = get(Array.prototype, name) as Method | undefined;
    // Those that make a copy are not on every Node.
    if (original === undefined) continue;
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
  const object = Object(list) as object;
  const fixed = withFixedLength(object, (length) => {
    if (length <= MAX_LENGTH) return;
    throw new RangeError(
      `Cannot call ${name}() on something of length ${length}: it could not be ended, so an isolated interpreter may have ${MAX_LENGTH} at most; go through it in a loop, or create the interpreter with { isolated: false }`,
    );
  });
  const result = apply(original, fixed, args);
  return result === fixed ? object : result;
}
