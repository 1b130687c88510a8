// What Node shows of its own work. `node:async_hooks` hands source the native objects, promises and
// requests behind each file that is read. These take whatever number source writes into them for a
// file of their own: somebody else's (confine/file_descriptors.ts), or a wrong one, which ends the
// process. So source sees other objects in their place.

import { builtin, process } from "../../runtime/builtins.ts";
import { bindingOf } from "../../runtime/bindings.ts";
import {
  type Class,
  guarded,
  isMethod,
  methodOf,
  replaceConstructor,
} from "../../runtime/guard.ts";
import { replace } from "../../runtime/replace.ts";
import { giveUpOwn } from "../file_descriptors.ts";
import type { Refuse } from "../refusals.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Reflect, String, TypeError, WeakMap, globalThis: scope } = globalThis;
const { apply, defineProperty, get, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;

interface Hook {
  enable(): unknown;
  disable(): unknown;
}
interface AsyncHooks {
  createHook(callbacks: object): Hook;
  executionAsyncResource(): object;
  readonly AsyncResource: Class;
  readonly AsyncLocalStorage: Class;
}

const CALLBACKS = ["init", "before", "after", "destroy", "promiseResolve"];
/** Which argument of `init` is the object. */
const RESOURCE = 3;

/** Shows source objects of no use in the place of Node's own, in this thread. */
export function hideResources(refuse: Refuse): void {
  const hooks = builtin<AsyncHooks>("async_hooks");
  const standInOf = standIns(hooks);
  const ask = hooks.executionAsyncResource.bind(hooks);
  const createHook = hooks.createHook.bind(hooks);
  replace(hooks, "executionAsyncResource", () => standInOf(ask()));
  // Source does not get Node's hook itself either: on that it could set the callback anew.
  replace(hooks, "createHook", (callbacks: object): Hook => {
    const given: Record<string, unknown> = {};
    for (const name of CALLBACKS) {
      const callback: unknown = get(callbacks, name);
      given[name] = !isMethod(callback) ? callback : (...args: unknown[]) => {
        if (name === "init") args[RESOURCE] = standInOf(args[RESOURCE]);
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

/**
 * What source sees in the place of a resource. Objects of a kind that source can make itself stay;
 * any other has one stand-in.
 */
function standIns({ AsyncResource }: AsyncHooks): (resource: unknown) => unknown {
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
  const find = known.get.bind(known);
  const remember = known.set.bind(known);
  return (resource) => {
    if (typeof resource !== "object" || resource === null) return resource;
    for (let one = getPrototypeOf(resource); one !== null; one = getPrototypeOf(one)) {
      for (let i = 0; i < open.length; i++) if (one === open[i]) return resource;
    }
    const found = find(resource);
    if (found !== undefined) return found;
    const made = {};
    remember(resource, made);
    return made;
  };
}

const KEY = "kResourceStore";
const PROPAGATE = "_propagate";

/**
 * Fixes the key and the method `_propagate` of each `AsyncLocalStorage`. It keeps its value on the
 * native objects under that key, and passes them to that method.
 */
function guardStores({ AsyncLocalStorage }: AsyncHooks): void {
  // There is no such key in releases that keep the values elsewhere.
  if (!Object.hasOwn(new AsyncLocalStorage(), KEY)) return;
  const { isProxy } = builtin<typeof import("node:util")>("util").types;
  const methods = AsyncLocalStorage.prototype;
  const propagate = methodOf(methods, PROPAGATE);
  const pinned = new scope.WeakSet<object>();
  const has = pinned.has.bind(pinned);
  const add = pinned.add.bind(pinned);
  const fix = (store: object, name: string, value: unknown) =>
    defineProperty(store, name, { value, writable: false, configurable: false });
  const pin = (store: unknown): void => {
    const isCandidate = typeof store === "object" && store !== null;
    if (isCandidate && has(store)) return;
    const key: unknown = isCandidate && !isProxy(store)
      ? getOwnPropertyDescriptor(store, KEY)?.value
      : undefined;
    if (
      !isCandidate || typeof key !== "symbol" || String(key) !== `Symbol(${KEY})` ||
      !fix(store, KEY, key) || !fix(store, PROPAGATE, propagate)
    ) throw new TypeError("Cannot use what is no AsyncLocalStorage as one");
    add(store);
  };
  for (const name of ["_enable", PROPAGATE, "enterWith", "getStore", "run"]) {
    const original = methodOf(methods, name);
    replace(methods, name, function (this: unknown, ...args: unknown[]): unknown {
      pin(this);
      return apply(original, this, args);
    });
  }
}

/** Lets source make file handles of files that this thread has opened, and of no other number. */
function guardHandles(refuse: Refuse): void {
  const binding = bindingOf("fs");
  const native: unknown = binding["FileHandle"];
  // Node closes its insides in a thread that has permissions: there the class is not found.
  if (!isMethod(native)) return;
  const refused = refuse("use a file descriptor");
  const guard = guarded(native, {
    called: refused,
    // `node:http2` makes one of a file that it sends, and closes the file by that.
    check: (args) => {
      if (!giveUpOwn(args[0])) refused();
    },
  });
  replace(binding, "FileHandle", guard);
  replaceConstructor(native, guard);
  guardNumbers(guard.prototype);
}

/**
 * Gives handles their number from the native object inside. The class in JavaScript has it from a
 * property that source can set.
 */
function guardNumbers(prototype: object): void {
  const ask = getOwnPropertyDescriptor(prototype, "fd")?.get;
  const handle = emptyHandle();
  const key = symbolOf(handle, "kHandle");
  if (ask === undefined || key === undefined) {
    throw new TypeError("Invariant: Node's FileHandle is made of another");
  }
  Object.defineProperty(getPrototypeOf(handle), "fd", {
    get(this: Record<symbol, unknown>): unknown {
      const inner = this[key];
      // Node itself refuses what is none of its own objects.
      return inner === null || inner === undefined ? CLOSED : apply(ask, inner, []);
    },
    configurable: false,
  });
}

const CLOSED = -1;

/**
 * A `FileHandle`, without a file: to open one takes the threads that files are read in. A copy is
 * made of an object that says that it is a handle.
 */
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
  return scope.structuredClone(histogram);
}

/** The symbol with that description among the properties of an object, inherited ones too. */
function symbolOf(object: object, description: string): symbol | undefined {
  for (let one: object | null = object; one !== null; one = getPrototypeOf(one)) {
    for (const key of Object.getOwnPropertySymbols(one)) {
      if (String(key) === `Symbol(${description})`) return key;
    }
  }
  return undefined;
}
