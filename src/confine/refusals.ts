// How acts are refused (acts/): what each act names is replaced by a function that throws.

import { type Act } from "./acts/common.ts";
import { builtin, quietly } from "../runtime/builtins.ts";
import { isObject } from "../runtime/guard.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Function, Object, Reflect } = globalThis;

/** Makes a function that refuses an act. */
export type Refuse = (action: string) => (...args: unknown[]) => never;

/** Replaces what the acts name, wherever an object has it. */
export function replaceActs(target: object, acts: readonly Act[], refuse: Refuse): void {
  for (const { action, names, inside = [], ofClasses } of acts) {
    for (const owner of ofClasses ? prototypes(target) : [follow(target, inside)]) {
      if (isObject(owner)) replaceAll(owner, names, refuse(action));
    }
  }
}

/** Replaces what the acts name in built-in modules, on Bun and Node, as far as there are such modules. */
export function replaceActsOfModules(
  modules: Readonly<Record<string, readonly Act[]>>,
  refuse: Refuse,
  isMeant: (act: Act) => boolean = () => true,
): void {
  const { isBuiltin, syncBuiltinESMExports } = builtin<typeof import("node:module")>("module");
  for (const [name, acts] of Object.entries(modules)) {
    const full = name === "sqlite" ? WITH_PREFIX : name;
    if (!isBuiltin(full)) continue;
    replaceActs(quietly(() => builtin(full)), acts.filter(isMeant), refuse);
  }
  syncBuiltinESMExports();
}

/** The runtimes know this module by its full name alone. */
const WITH_PREFIX = "node:sqlite";

function follow(target: object, steps: readonly string[]): unknown {
  let one: unknown = target;
  for (const step of steps) one = isObject(one) ? Reflect.get(one, step) : undefined;
  return one;
}

/** The prototype of every class that a module exports. */
function prototypes(module: object): unknown[] {
  return Object.values(module).map((one: unknown) =>
    typeof one === "function" ? Reflect.get(one, "prototype") : undefined
  );
}

/**
 * Replaces names on an object, and on those that it inherits them from: source could find there
 * what is only hidden.
 */
function replaceAll(object: object, names: readonly string[], refused: () => never): void {
  const isLast = (one: object) => one === Object.prototype || one === Function.prototype;
  let owner: object | null = object;
  for (; owner !== null && !isLast(owner); owner = Reflect.getPrototypeOf(owner)) {
    for (const name of names) if (Object.hasOwn(owner, name)) put(owner, name, refused);
  }
}

/** Gives a property another value. Bun's own can be assigned to, but not defined anew. */
export function put(target: object, name: string, value: unknown): void {
  const own = Reflect.getOwnPropertyDescriptor(target, name);
  if (own?.configurable === false) Reflect.set(target, name, value);
  else {
    const enumerable = own?.enumerable ?? true;
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable });
  }
  if (Reflect.get(target, name) !== value) throw new Error(`Invariant: ${name} can be replaced`);
}
