// Memory that reserves addresses: buffers that can be resized, WebAssembly's memories and
// code. Each takes one or two mappings of the system's, of which a process has some 65,000,
// however little is in it; one more ends the process. So an isolated interpreter may have so
// many of them and no more, as long as they have not been collected.

import { SafeSet } from "../primordials.ts";
import { replace } from "../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const {
  ArrayBuffer,
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
const { apply, construct, get, ownKeys } = Reflect;
const register = get(FinalizationRegistry.prototype, "register") as AnyFunction;
const mapForEach = get(Map.prototype, "forEach") as AnyFunction;
const setForEach = get(Set.prototype, "forEach") as AnyFunction;
const isView = get(ArrayBuffer, "isView") as (value: unknown) => value is ArrayBufferView;
const getResizable = getterOf(ArrayBuffer.prototype, "resizable");
const promiseThen = get(Promise.prototype, "then") as AnyFunction;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Constructor = (new (...args: unknown[]) => object) & { readonly prototype: object };
type Owner = Record<string, unknown>;

/** So many each interpreter may have unasked. */
const UNASKED = 64;
/** So many more at a time are asked for. */
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
  const own = scope as unknown as Owner;
  boundClass(own, "ArrayBuffer", { counter, counts: isToBeResizable });
  boundClass(own, "SharedArrayBuffer", { counter, counts: isToBeResizable });
  const wasm = own["WebAssembly"] as Owner | undefined;
  if (wasm !== undefined) {
    for (const name of ["Memory", "Module", "Instance"]) {
      boundClass(wasm, name, { counter, counts: always });
    }
    for (const name of ["compile", "compileStreaming", "instantiate", "instantiateStreaming"]) {
      boundPromise(wasm, name, counter);
    }
    boundBuffers((wasm["Memory"] as Constructor).prototype, counter);
  }
  boundTransfer(counter);
  boundClone(own, counter);
}

/** How many there are. */
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

  /** Throws if there may be no more. */
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
  owner: Owner,
  name: string,
  { counter, counts }: { counter: Counter; counts: (args: unknown[]) => boolean },
): void {
  const original = owner[name] as Constructor | undefined;
  if (original === undefined) return;
  const bound: Constructor = new Proxy(original, {
    construct(target, args: unknown[], newTarget) {
      const make = () =>
        construct(target, args, newTarget === bound ? target : newTarget) as object;
      return counts(args) ? counter.make(make) : make();
    },
  });
  replace(owner, name, bound);
  replace(original.prototype, "constructor", bound);
}

/** What a promise of WebAssembly's gives counts as one. */
function boundPromise(owner: Owner, name: string, counter: Counter): void {
  const original = owner[name] as AnyFunction | undefined;
  if (original === undefined) return;
  replace(owner, name, function (this: unknown, ...args: unknown[]): unknown {
    counter.check();
    const made = apply(original, this, args);
    return apply(promiseThen, made, [(value: object) => {
      counter.add(value);
      return value;
    }]);
  });
}

/** What takes over the memory of one that counts counts itself, when that is collected. */
function boundTransfer(counter: Counter): void {
  const original = get(ArrayBuffer.prototype, "transfer") as AnyFunction | undefined;
  if (original === undefined) return;
  replace(ArrayBuffer.prototype, "transfer", function (this: unknown, ...args: unknown[]): unknown {
    if (!counter.isUsed) return apply(original, this, args);
    counter.check();
    const made = apply(original, this, args) as ArrayBuffer;
    if (isResizable(made)) counter.add(made);
    return made;
  });
}

/** A memory's buffer keeps what it reserves when the memory, or its instance, is collected. */
function boundBuffers(prototype: object, counter: Counter): void {
  const original = getterOf(prototype, "buffer")!;
  const counted = new WeakSet<object>();
  const has = counted.has.bind(counted);
  const add = counted.add.bind(counted);
  Object.defineProperty(prototype, "buffer", {
    ...Object.getOwnPropertyDescriptor(prototype, "buffer"),
    get(this: unknown): unknown {
      const buffer = apply(original, this, []) as object;
      if (has(buffer)) return buffer;
      counter.check();
      counter.add(buffer);
      add(buffer);
      return buffer;
    },
  });
}

function getterOf(owner: object, name: string): AnyFunction | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  return descriptor && get(descriptor, "get") as AnyFunction | undefined;
}

/** Whatever its own properties say; of what is no buffer it is not true either. */
function isResizable(value: object): boolean {
  try {
    return getResizable !== undefined && apply(getResizable, value, []) === true;
  } catch {
    return false;
  }
}

/** A copy of what can be resized can be, too. */
function boundClone(owner: Owner, counter: Counter): void {
  const original = owner["structuredClone"] as AnyFunction;
  replace(owner, "structuredClone", function structuredClone(...args: unknown[]): unknown {
    if (!counter.isUsed) return apply(original, scope, args);
    counter.check();
    const copy = apply(original, scope, args);
    visit(copy, counter);
    return copy;
  });
}

/** Counts what can be resized in a copy, which has no getters and no proxies. */
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
    for (let i = 0; i < keys.length; i++) left[left.length] = get(value, keys[i]!);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
