// What takes the place of functions and classes of the runtime. A guard is a proxy that looks at the
// arguments first: native code takes for granted what its callers checked, and ends the process when
// they did not. To source a guard is the function itself, with all of its properties.

import { replace, resemble } from "./replace.ts";

// Taken now: source may replace them.
const { Error, Function, Proxy, Reflect, TypeError } = globalThis;
const { apply, construct, getOwnPropertyDescriptor } = Reflect;
const bind = methodOf(Function.prototype, "bind");

/** Any function or method. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;
/** Any class. */
export type Class = Method & (new (...args: unknown[]) => object) & { readonly prototype: object };

/** What a guard does; `Found` is what its check gives. */
export interface Guard<Found = void> {
  /**
   * Looks at the arguments of each call and each `new`, and may change them. By number: source
   * can change how a list is read.
   */
  readonly check?: (args: unknown[]) => Found;
  /** In place of a call without `new`. */
  readonly called?: (args: unknown[]) => unknown;
  /** In place of `new`; without it the original makes the object. */
  readonly make?: (args: unknown[], newTarget: unknown) => object;
  /** Is told what `new` made, and what the check found. */
  readonly made?: (made: object, found: Found | undefined) => void;
}

/** A proxy of a function or a class, with a guard before it. */
export function guarded<Found>(original: Method, guard: Guard<Found>): Class {
  const { check, called, make, made } = guard;
  const proxy = new Proxy(original, {
    apply(target, self, args: unknown[]): unknown {
      if (called !== undefined) return called(args);
      check?.(args);
      return apply(target, self, args);
    },
    construct(target, args: unknown[], newTarget): object {
      const found = check?.(args);
      const one = make === undefined ? newObject(target, args, newTarget) : make(args, newTarget);
      made?.(one, found);
      return one;
    },
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is no class throws at `new`
  return proxy as Class;
}

/** `Reflect.construct`, whose type says `any`. */
export function newObject(target: Method, args: unknown[], newTarget: unknown): object {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the language gives a class here
  return construct(target, args, newTarget as Method) as object;
}

/**
 * Puts a guard before a function or a class. The way back from an instance, `constructor`,
 * leads to the guard as well.
 *
 * @returns The proxy; `undefined` if the owner has no such function.
 */
export function guardMethod<Found>(
  owner: object,
  name: string,
  guard: Guard<Found>,
): Class | undefined {
  const original: unknown = Reflect.get(owner, name);
  if (!isMethod(original)) return undefined;
  const proxy = guarded(original, guard);
  replace(owner, name, proxy);
  replaceConstructor(original, proxy);
  return proxy;
}

/** A method that has to be there, as it is now. */
export function methodOf(owner: object, name: string): Method {
  const method: unknown = Reflect.get(owner, name);
  if (!isMethod(method)) throw new Error(`Invariant: there is a method ${name}`);
  return method;
}

/** Makes instances lead to what stands for their class. */
export function replaceConstructor(original: Method, substitute: Method): void {
  const prototype: unknown = getOwnPropertyDescriptor(original, "prototype")?.value;
  if (typeof prototype !== "object" || prototype === null) return;
  replace(prototype, "constructor", substitute);
}

/** Refuses a call without `new`, as classes do; native code has no check of its own. */
export function needsNew(name: string): () => never {
  return () => {
    throw new TypeError(`Class constructor ${name} cannot be invoked without 'new'`);
  };
}

/**
 * Puts a function into the place of a method, if the owner has it. It gets the original before the
 * arguments, and has the properties of the original. It is bound, because that takes no frame of
 * a stack: the runtimes keep ten, and source wants to see its own.
 */
export function wrapMethod(
  owner: object,
  name: string,
  replacement: (original: Method, ...args: unknown[]) => unknown,
): void {
  const original: unknown = Reflect.get(owner, name);
  if (!isMethod(original)) return;
  const wrapped = apply(bind, replacement, [undefined, original]);
  if (!isMethod(wrapped)) throw new Error("Invariant: bind() gives a function");
  resemble(wrapped, original);
  replace(owner, name, wrapped);
}

/** Whether a value can be called. */
export function isMethod(value: unknown): value is Method {
  return typeof value === "function";
}

/** Whether a value has properties. */
export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
