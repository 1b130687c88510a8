// How long a list is whose native methods no kill ends on V8. Only a real array cannot lie about
// that: of all others the length is read once, and what is called gets no second answer.

import { builtin } from "../../runtime/builtins.ts";
import { globals } from "../../runtime/globals.ts";
import { replace, resemble } from "../../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Math, Number, Object, Proxy, Reflect, TypeError, globalThis: scope } = globalThis;
const { isArray } = Array;
const { max, min, trunc } = Math;
const { get, getOwnPropertyDescriptor, set } = Reflect;

/** Nearly as many elements as V8 keeps in one piece; longer arrays are mostly holes. */
export const MAX_LENGTH: number = 2 ** 27 - 2 ** 10;

let isProxy: (value: unknown) => boolean = () => true;
/** To ask for each array whether it is a proxy would cost more than many of these methods. */
let hasProxiesOfArrays = false;

/** Looks for proxies of arrays from now on, in this thread. */
export function noteProxiesOfArrays(): void {
  // JavaScriptCore ends all of these methods.
  if (globals.Bun !== undefined) return;
  ({ isProxy } = builtin<typeof import("node:util")>("util").types);
  const note = (target: unknown) => {
    hasProxiesOfArrays ||= isArray(target);
  };
  const construct = function (this: unknown, target: object, handler: ProxyHandler<object>) {
    if (new.target === undefined) throw new TypeError("Constructor Proxy requires 'new'");
    note(target);
    return new Proxy(target, handler);
  };
  // Bound, it has no prototype and looks native, as the class does.
  const noting = construct.bind(undefined);
  const { revocable } = Proxy;
  const notingRevocable = (target: object, handler: ProxyHandler<object>) => {
    note(target);
    return revocable(target, handler);
  };
  resemble(notingRevocable, revocable);
  resemble(noting, Proxy);
  replace(noting, "revocable", notingRevocable);
  replace(scope, "Proxy", noting);
}

/** Whether native methods are soon through with it, or refuse it. */
export function isShortArray(list: unknown): boolean {
  return isArray(list)
    ? !(hasProxiesOfArrays && isProxy(list)) && list.length <= MAX_LENGTH
    : list === null || list === undefined;
}

/** What a method may be called on in place of a list: its length, read once, cannot change. */
export function withFixedLength(list: object, check: (length: number) => void): object {
  const own = isProxy(list) ? undefined : getOwnPropertyDescriptor(list, "length");
  const isFixed = own !== undefined && "value" in own && !isObject(own.value);
  const length: unknown = isFixed ? own.value : get(list, "length");
  const most = toLength(length);
  check(most);
  if (isFixed) return list;
  return new Proxy(list, {
    // As it is, where it can be: what is frozen must be told as it is.
    get: (target, key) => key !== "length" ? get(target, key) : isObject(length) ? most : length,
    set: (target, key, value) => set(target, key, value),
  });
}

export function lengthOf(list: object): number {
  return toLength(get(list, "length"));
}

export function toInteger(value: unknown): number {
  const number = Number(value);
  return number === number ? trunc(number) : 0;
}

function toLength(value: unknown): number {
  return min(max(toInteger(value), 0), Number.MAX_SAFE_INTEGER);
}

function isObject(value: unknown): boolean {
  return Object(value) === value;
}
