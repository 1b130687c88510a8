// UNBOUND, the value that takes the place of an item whose sender is gone.

// Taken now: source may declare names of its own that hide these.
const { Object } = globalThis;

/**
 * What `recv` gives in place of an item whose sender's interpreter has ended, on a
 * channel made with `unboundItems: "replace"`. One frozen object for each realm.
 *
 * @see PEP 734 `interpreters.UNBOUND`
 */
export const UNBOUND: Readonly<{ toString(): string }> = Object.freeze({
  toString: (): string => "UNBOUND",
});
