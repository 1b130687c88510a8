// Properties of objects whose shape nobody knows: how they are read and how they are set.

// Taken now: source may declare names of its own that hide these.
const { Object } = globalThis;
const { defineProperty } = Object;

/** The object, typed so that its properties can be read and set by name. */
export function recordOf(object: object): Record<string, unknown> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Any object has properties by name; TypeScript does not say so of `object`.
  return object as Record<string, unknown>;
}

/** Sets a property by assignment, which is the fastest way. */
export function setField(object: object, name: string, value: unknown): void {
  // An assignment to `__proto__` would set the prototype.
  if (name === "__proto__") defineField(object, name, value);
  else recordOf(object)[name] = value;
}

/**
 * Defines an enumerable property, even where the object has another kind of property of that name.
 */
export function defineField(object: object, name: string, value: unknown): void {
  defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

/** Defines a property that does not show when the object is printed. */
export function hideField(object: object, name: string, value: unknown): void {
  defineProperty(object, name, { value, writable: true, enumerable: false, configurable: true });
}
