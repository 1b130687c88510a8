// Primordials: built-in classes and methods as they were when the module was loaded. Source may
// replace methods, of `Map.prototype` for example. Code whose result the host must hear of uses
// these, so it works all the same. Elsewhere, source that breaks its own realm gets the error.

const { Object, Promise, Reflect, Uint8Array } = globalThis;
const Map: MapConstructor = globalThis.Map;
const Set: SetConstructor = globalThis.Set;
const { apply, ownKeys } = Reflect;
const promiseThen = Reflect.get(Promise.prototype, "then") as () => void;

/** A `Map` whose methods stay as they are. */
export class SafeMap<K, V> extends Map<K, V> {}
/** A `Set` whose methods stay as they are. */
export class SafeSet<T> extends Set<T> {}

keep(SafeMap.prototype, Map.prototype);
keep(SafeSet.prototype, Set.prototype);

/** Gives one prototype the methods of another as its own, and no prototype. */
function keep(safe: object, original: object): void {
  for (const key of ownKeys(original)) {
    const descriptor = Object.getOwnPropertyDescriptor(original, key);
    if (key !== "constructor" && descriptor !== undefined) {
      Object.defineProperty(safe, key, descriptor);
    }
  }
  Object.setPrototypeOf(safe, null);
}

/** Does what `promise.then(onFulfilled, onRejected)` did, for a promise that the runtime made. */
export function whenFulfilled<T>(
  promise: Promise<T>,
  onFulfilled: (value: T) => void,
  onRejected?: (error: unknown) => void,
): void {
  void apply(promiseThen, promise, [onFulfilled, onRejected]);
}

/**
 * Copies bytes into memory of their own. `slice` would make a view of a class that source can
 * choose.
 */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
