// Bounds what reserves addresses: buffers that can be resized, WebAssembly's memories and code. Each
// takes one or two mappings of the system's, however little is in it. A process has some 65,000 of
// those, and one more ends it. So an isolated interpreter may have only so many at a time that have
// not been collected.

import { SafeSet } from "../primordials.ts";
import {
  isMethod,
  type Method,
  methodOf,
  newObject,
  replaceConstructor,
} from "../runtime/guard.ts";
import { replace } from "../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const {
  ArrayBuffer,
  Error,
  FinalizationRegistry,
  Map,
  Object,
  Promise,
  Proxy,
  Reflect,
  Set,
  WeakSet,
  globalThis: scope,
} = globalThis;
const { apply, get, ownKeys } = Reflect;
const register = methodOf(FinalizationRegistry.prototype, "register");
const mapForEach = methodOf(Map.prototype, "forEach");
const setForEach = methodOf(Set.prototype, "forEach");
const isView: (value: unknown) => value is ArrayBufferView = get(ArrayBuffer, "isView");
const getResizable = getterOf(ArrayBuffer.prototype, "resizable");
const promiseThen = methodOf(Promise.prototype, "then");

/** So many an interpreter may have without asking. */
const UNASKED = 64;
/** So many more it asks for at a time. */
export const BLOCK = 64;

/**
 * Bounds what this thread reserves.
 *
 * @param ask Asks the host for `BLOCK` more; throws if there are no more.
 */
export function boundReservations(ask: () => void): void {
  const counter = new Counter(ask);
  const isToBeResizable = (args: unknown[]): boolean => {
    const [length, options] = args;
    // Read once: a getter could answer differently the second time.
    const most = isObject(options) ? get(options, "maxByteLength", options) : undefined;
    args.length = 0;
    args[0] = length;
    if (most === undefined) return false;
    args[1] = { maxByteLength: most };
    return true;
  };
  const always = () => true;
  boundClass(scope, "ArrayBuffer", { counter, counts: isToBeResizable });
  boundClass(scope, "SharedArrayBuffer", { counter, counts: isToBeResizable });
  const wasm: unknown = get(scope, "WebAssembly");
  if (isObject(wasm)) {
    for (const name of ["Memory", "Module", "Instance"]) {
      boundClass(wasm, name, { counter, counts: always });
    }
    for (const name of ["compile", "compileStreaming", "instantiate", "instantiateStreaming"]) {
      boundPromise(wasm, name, counter);
    }
    boundBuffers(wasm, counter);
  }
  boundTransfer(counter);
  boundClone(counter);
}

/** How many there are that have not been collected. */
class Counter {
  readonly #ask: () => void;
  readonly #registry = new FinalizationRegistry<undefined>(() => this.#alive--);
  #alive = 0;
  #granted = UNASKED;

  constructor(ask: () => void) {
    this.#ask = ask;
  }

  /** Whether there are any at all. */
  get isUsed(): boolean {
    return this.#alive > 0;
  }

  /** Asks for more if need be; throws if there may be no more. */
  check(): void {
    while (this.#alive >= this.#granted) {
      this.#ask();
      this.#granted += BLOCK;
    }
  }

  /** Counts one until it is collected. */
  add(made: object): void {
    this.#alive++;
    apply(register, this.#registry, [made, undefined]);
  }

  /** Makes one, if there may be one more. */
  make<T extends object>(maker: () => T): T {
    this.check();
    const made = maker();
    this.add(made);
    return made;
  }
}

function boundClass(
  owner: object,
  name: string,
  { counter, counts }: { counter: Counter; counts: (args: unknown[]) => boolean },
): void {
  const original: unknown = get(owner, name);
  if (!isMethod(original)) return;
  const bound = new Proxy(original, {
    construct(target, args: unknown[], newTarget): object {
      const make = () => newObject(target, args, newTarget === bound ? target : newTarget);
      return counts(args) ? counter.make(make) : make();
    },
  });
  replace(owner, name, bound);
  replaceConstructor(original, bound);
}

/** Counts what a promise of WebAssembly's gives as one. */
function boundPromise(owner: object, name: string, counter: Counter): void {
  const original: unknown = get(owner, name);
  if (!isMethod(original)) return;
  replace(owner, name, function (this: unknown, ...args: unknown[]): unknown {
    counter.check();
    const made = apply(original, this, args);
    return apply(promiseThen, made, [(value: object) => {
      counter.add(value);
      return value;
    }]);
  });
}

/** Counts a buffer that takes over the memory of one that can be resized. */
function boundTransfer(counter: Counter): void {
  const original: unknown = get(ArrayBuffer.prototype, "transfer");
  if (!isMethod(original)) return;
  replace(ArrayBuffer.prototype, "transfer", function (this: unknown, ...args: unknown[]): unknown {
    if (!counter.isUsed) return apply(original, this, args);
    counter.check();
    const made = apply(original, this, args);
    if (isObject(made) && isResizable(made)) counter.add(made);
    return made;
  });
}

/**
 * Counts the buffers of memories: a buffer keeps what it reserves when its memory, or the instance,
 * is collected.
 */
function boundBuffers(wasm: object, counter: Counter): void {
  const prototype: unknown = get(methodOf(wasm, "Memory"), "prototype");
  const original = isObject(prototype) ? getterOf(prototype, "buffer") : undefined;
  if (!isObject(prototype) || original === undefined) {
    throw new Error("Invariant: memories have a buffer");
  }
  const counted = new WeakSet<object>();
  const has = counted.has.bind(counted);
  const add = counted.add.bind(counted);
  Object.defineProperty(prototype, "buffer", {
    ...Object.getOwnPropertyDescriptor(prototype, "buffer"),
    get(this: unknown): unknown {
      const buffer: unknown = apply(original, this, []);
      if (!isObject(buffer) || has(buffer)) return buffer;
      counter.check();
      counter.add(buffer);
      add(buffer);
      return buffer;
    },
  });
}

function getterOf(owner: object, name: string): Method | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  const getter: unknown = descriptor && get(descriptor, "get");
  return isMethod(getter) ? getter : undefined;
}

/** Whether it is a buffer that can be resized, whatever its own properties say. */
function isResizable(value: object): boolean {
  try {
    return getResizable !== undefined && apply(getResizable, value, []) === true;
  } catch {
    return false;
  }
}

/** Counts the copies of buffers that can be resized. */
function boundClone(counter: Counter): void {
  const original = methodOf(scope, "structuredClone");
  replace(scope, "structuredClone", function structuredClone(...args: unknown[]): unknown {
    if (!counter.isUsed) return apply(original, scope, args);
    counter.check();
    const copy = apply(original, scope, args);
    visit(copy, counter);
    return copy;
  });
}

/** Counts what can be resized in a copy. A copy has no getters and no proxies. */
function visit(copy: unknown, counter: Counter): void {
  const seen = new SafeSet<object>();
  const left: unknown[] = [copy];
  for (let at = 0; at < left.length; at++) {
    const value = left[at];
    if (!isObject(value) || seen.has(value)) continue;
    seen.add(value);
    if (isResizable(value)) {
      counter.add(value);
      continue;
    }
    if (isView(value)) {
      left[left.length] = value.buffer;
      continue;
    }
    if (value instanceof Map) {
      apply(mapForEach, value, [(one: unknown, key: unknown) => {
        left[left.length] = key;
        left[left.length] = one;
      }]);
    } else if (value instanceof Set) {
      apply(setForEach, value, [(one: unknown) => {
        left[left.length] = one;
      }]);
    }
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length; i++) left[left.length] = get(value, keys[i] ?? "");
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
