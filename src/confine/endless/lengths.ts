// How long a list is, for native methods of lists that no kill ends on V8. Only a real array cannot
// lie about its length. That of all others is read once, and what is called gets the same answer.

import { builtin } from "../../runtime/builtins.ts";
import { globals } from "../../runtime/globals.ts";
import { replace, resemble } from "../../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Math, Number, Object, Proxy, Reflect, TypeError, globalThis: scope } = globalThis;
const { isArray } = Array;
const { max, min, trunc } = Math;
const { get, getOwnPropertyDescriptor, set } = Reflect;

/** Nearly as many elements as V8 keeps in one piece; arrays that are longer are mostly holes. */
export const MAX_LENGTH: number = 2 ** 27 - 2 ** 10;

let isProxy: (value: unknown) => boolean = () => true;
/** To ask each array whether it is a proxy would cost more than many of these methods. */
let hasProxiesOfArrays = false;

/** Looks for proxies of arrays from now on, in this thread. */
export function noteProxiesOfArrays(): void {
  // A kill ends all of these methods on JavaScriptCore.
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

/** Whether native methods soon come to the end of the list, or refuse it. */
export function isShortArray(list: unknown): boolean {
  return isArray(list)
    ? !(hasProxiesOfArrays && isProxy(list)) && list.length <= MAX_LENGTH
    : list === null || list === undefined;
}

/** What a method may be called on in the place of a list: its length is read once and cannot change. */
export function withFixedLength(list: object, check: (length: number) => void): object {
  const own = isProxy(list) ? undefined : getOwnPropertyDescriptor(list, "length");
  const isFixed = own !== undefined && "value" in own && !isObject(own.value);
  const length: unknown = isFixed ? own.value : get(list, "length");
  const most = toLength(length);
  check(most);
  if (isFixed) return list;
  return new Proxy(list, {
    // As it is, where that can be: a proxy must give what is frozen as it is.
    get: (target, key) => key !== "length" ? get(target, key) : isObject(length) ? most : length,
    set: (target, key, value) => set(target, key, value),
  });
}

/** The length of a list, as the methods of arrays read it. */
export function lengthOf(list: object): number {
  return toLength(get(list, "length"));
}

/** A number without its fraction, as the methods of arrays take it. */
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
