// Built-in classes and methods as they were when the module was loaded. Source may
// replace methods of `Map.prototype` and the like; what the host must hear of all the
// same uses these. Elsewhere source that breaks its own realm gets the error of that.

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

/** Gives a prototype the methods of another as its own. */
function keep(safe: object, original: object): void {
  for (const key of ownKeys(original)) {
    const descriptor = Object.getOwnPropertyDescriptor(original, key);
    if (key !== "constructor" && descriptor !== undefined) {
      Object.defineProperty(safe, key, descriptor);
    }
  }
  Object.setPrototypeOf(safe, null);
}

/** `promise.then(onFulfilled, onRejected)` for a promise of the runtime's. */
export function whenFulfilled<T>(
  promise: Promise<T>,
  onFulfilled: (value: T) => void,
  onRejected?: (error: unknown) => void,
): void {
  void apply(promiseThen, promise, [onFulfilled, onRejected]);
}

/** The bytes in memory of their own. `slice` would ask the class of source's choice for it. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
