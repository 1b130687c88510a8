// What Node shows of its own work: `node:async_hooks` hands source the native objects,
// promises and requests behind each file that is read, and these take whatever number source
// writes into them for a file of their own. A number is somebody else's (confine/file_descriptors.ts),
// and a wrong one ends the process. So source sees others in their place.

import { builtin, process } from "../../runtime/builtins.ts";
import { bindingOf } from "../../runtime/bindings.ts";
import type { Refuse } from "../isolation.ts";
import { giveUpOwn } from "../file_descriptors.ts";
import { replace } from "../../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Proxy, Reflect, String, TypeError, WeakMap, globalThis: scope } = globalThis;
const { apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Functions = Record<string, AnyFunction | undefined>;
type Class = AnyFunction & { readonly prototype: object };
interface Hook {
  enable(): unknown;
  disable(): unknown;
}
interface AsyncHooks {
  createHook(callbacks: object): Hook;
  executionAsyncResource(): object;
  readonly AsyncResource: Class;
  readonly AsyncLocalStorage: Class & (new () => object);
}

const CALLBACKS = ["init", "before", "after", "destroy", "promiseResolve"];
/** Which argument of `init` is the object. */
const RESOURCE = 3;

/** Shows source objects of no use in the place of Node's own. */
export function hideResources(refuse: Refuse): void {
  const hooks = builtin<AsyncHooks>("async_hooks");
  const standInOf = standIns(hooks);
  const ask = hooks.executionAsyncResource.bind(hooks);
  const createHook = hooks.createHook.bind(hooks);
  replace(hooks, "executionAsyncResource", () => standInOf(ask()));
  // Source does not get Node's hook itself either: it would only have to set the callback anew.
  replace(hooks, "createHook", (callbacks: Functions): Hook => {
    const given: Functions = {};
    for (const name of CALLBACKS) {
      const callback = callbacks[name];
      given[name] = typeof callback !== "function" ? callback : (...args) => {
        if (name === "init") args[RESOURCE] = standInOf(args[RESOURCE] as object);
        apply(callback, undefined, args);
      };
    }
    const hook = createHook(given);
    const shown: Hook = {
      enable: () => (hook.enable(), shown),
      disable: () => (hook.disable(), shown),
    };
    return shown;
  });
  replace(process, "_getActiveRequests", () => []);
  guardStores(hooks);
  guardHandles(refuse);
}

/** Gives an object of a kind that source can make itself as it is, and for any other always the same one. */
function standIns({ AsyncResource }: AsyncHooks): (resource: object) => object {
  const timer = scope.setTimeout(() => {}, 0);
  const immediate = scope.setImmediate(() => {});
  const open: (object | null)[] = [
    AsyncResource.prototype,
    getPrototypeOf(timer),
    getPrototypeOf(immediate),
  ];
  scope.clearTimeout(timer);
  scope.clearImmediate(immediate);
  const known = new WeakMap<object, object>();
  const get = known.get.bind(known);
  const set = known.set.bind(known);
  return (resource) => {
    if (typeof resource !== "object" || resource === null) return resource;
    for (let one = getPrototypeOf(resource); one !== null; one = getPrototypeOf(one)) {
      for (let i = 0; i < open.length; i++) if (one === open[i]) return resource;
    }
    const found = get(resource);
    if (found !== undefined) return found;
    const made = {};
    set(resource, made);
    return made;
  };
}

const KEY = "kResourceStore";
const PROPAGATE = "_propagate";

/**
 * An `AsyncLocalStorage` keeps its value on those objects, under a key that is a property of
 * it, and passes them to a method of it. Both stay what they are.
 */
function guardStores({ AsyncLocalStorage }: AsyncHooks): void {
  // Of releases that keep the values elsewhere it is not there.
  if (!Object.hasOwn(new AsyncLocalStorage(), KEY)) return;
  const { isProxy } = builtin<typeof import("node:util")>("util").types;
  const methods = AsyncLocalStorage.prototype as Functions;
  const propagate = methods[PROPAGATE];
  const pinned = new scope.WeakSet<object>();
  const has = pinned.has.bind(pinned);
  const add = pinned.add.bind(pinned);
  const fix = (store: object, name: string, value: unknown) =>
    defineProperty(store, name, { value, writable: false, configurable: false });
  const pin = (store: unknown): void => {
    const isObject = typeof store === "object" && store !== null;
    if (isObject && has(store)) return;
    const key: unknown = isObject && !isProxy(store)
      ? getOwnPropertyDescriptor(store, KEY)?.value
      : undefined;
    if (
      typeof key !== "symbol" || String(key) !== `Symbol(${KEY})` ||
      !fix(store as object, KEY, key) || !fix(store as object, PROPAGATE, propagate)
    ) throw new TypeError("Cannot use what is no AsyncLocalStorage as one");
    add(store as object);
  };
  for (const name of ["_enable", PROPAGATE, "enterWith", "getStore", "run"]) {
    const original = methods[name]!;
    replace(methods, name, function (this: unknown, ...args: unknown[]): unknown {
      pin(this);
      return apply(original, this, args);
    });
  }
}

/** Node's file handles are of files that this thread has opened, and of no number besides. */
function guardHandles(refuse: Refuse): void {
  const binding = bindingOf("fs");
  const native = binding["FileHandle"] as Class | undefined;
  // Node shuts its insides in a thread that has its permissions: there it is not found this way.
  if (native === undefined) return;
  const refused = refuse("use a file descriptor");
  const guarded = new Proxy<Class>(native, {
    apply: refused,
    // `node:http2` makes one of a file that it sends, and closes it by that.
    construct(target, args, newTarget) {
      const [fd] = args as [unknown];
      if (!giveUpOwn(fd)) refused();
      return construct(target, args, newTarget as AnyFunction) as object;
    },
  });
  replace(binding, "FileHandle", guarded);
  replace(native.prototype, "constructor", guarded);
  guardNumbers(native);
}

/** The class in JavaScript has its number from a property that source can set: now, from what it is made of. */
function guardNumbers(native: Class): void {
  const ask = getOwnPropertyDescriptor(native.prototype, "fd")?.get;
  const handle = emptyHandle();
  const key = symbolOf(handle, "kHandle");
  if (ask === undefined || key === undefined) {
    throw new TypeError("Invariant: Node's FileHandle is made of another");
  }
  Object.defineProperty(getPrototypeOf(handle), "fd", {
    get(this: Record<symbol, unknown>): unknown {
      const inner = this[key];
      // What is none of Node's own is refused by Node.
      return inner === null || inner === undefined ? CLOSED : apply(ask, inner, []);
    },
    configurable: false,
  });
}

const CLOSED = -1;

/** A `FileHandle` without opening a file, which takes the threads that files are read in: by a copy of what says that it is one. */
function emptyHandle(): object {
  const { createHistogram } = builtin<typeof import("node:perf_hooks")>("perf_hooks");
  const histogram: object = createHistogram();
  const clone = symbolOf(histogram, "messaging_clone_symbol");
  if (clone === undefined) throw new TypeError("Invariant: Node clones histograms");
  const value = () => ({
    data: { handle: {} },
    deserializeInfo: "internal/fs/promises:FileHandle",
  });
  defineProperty(histogram, clone, { value });
  const copy: unknown = scope.structuredClone(histogram);
  return copy as object;
}

/** The symbol of that description under which an object has something, or has it from another. */
function symbolOf(object: object, description: string): symbol | undefined {
  for (let one: object | null = object; one !== null; one = getPrototypeOf(one)) {
    for (const key of Object.getOwnPropertySymbols(one)) {
      if (String(key) === `Symbol(${description})`) return key;
    }
  }
  return undefined;
}
