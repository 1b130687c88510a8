// Zeros with a sign. -0 counts as an integer in JavaScript and as none in V8: it passes Node's own
// checks, and ends the process in the native code behind them (Node 20.20, measured;
// nodejs/node#63531 and #63556 mend some of these in later versions).

// Taken now: source may declare names of its own that hide these.
const { Object, Reflect } = globalThis;
const { get, getPrototypeOf, ownKeys } = Reflect;

/** Puts a plain zero in the place of each among the arguments. */
export function dropSigns(args: unknown[]): void {
  for (let i = 0; i < args.length; i++) if (Object.is(args[i], -0)) args[i] = 0;
}

/** The same, in options among the arguments too: these are copied. */
export function dropSignsInside(args: unknown[]): void {
  for (let i = 0; i < args.length; i++) args[i] = withoutSign(args[i], true);
}

function withoutSign(value: unknown, isOutermost: boolean): unknown {
  // -0 is 0 to this comparison.
  if (value === 0) return 0;
  if (!isOutermost || typeof value !== "object" || value === null) return value;
  const prototype = getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  const copy: Record<PropertyKey, unknown> = {};
  for (const key of ownKeys(value)) copy[key] = withoutSign(get(value, key), false);
  return copy;
}
