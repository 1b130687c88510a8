// The modules that others have imported into this interpreter: each is loaded once, and kept
// while the interpreter lives.

import { SafeMap, whenFulfilled } from "../primordials.ts";
import type { Description, ExportKind } from "../protocol/line.ts";
import { mapped } from "./lists.ts";
import { Refused } from "./outcome.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Promise, Reflect } = globalThis;
const { apply, get, has } = Reflect;
const textOf = get(Object.prototype, "toString") as () => string;

type Callable = (...args: unknown[]) => unknown;

/** The modules that an interpreter has loaded for others. */
export class Modules {
  readonly #load: (module: string) => Promise<object>;
  readonly #loaded = new SafeMap<string, object>();

  /** @param load Imports a module, as source of the interpreter does. */
  constructor(load: (module: string) => Promise<object>) {
    this.#load = load;
  }

  /** Uses the exports of a module: now if it is loaded, else as soon as it is. */
  use<T>(module: string, use: (exports: object) => T): T | Promise<T> {
    const loaded = this.#loaded.get(module);
    if (loaded !== undefined) return use(loaded);
    return new Promise<T>((resolve, reject) => {
      whenFulfilled(this.#load(module), (exports) => {
        this.#loaded.set(module, exports);
        try {
          resolve(use(exports));
        } catch (error) {
          reject(error);
        }
      }, reject);
    });
  }
}

/** What a module exports: each name, and how it is used. */
export function describe(exports: object): Description {
  return mapped(Object.keys(exports), (name) => [name, kindOf(get(exports, name))]);
}

/** An export, whatever it is. */
export function exported(exports: object, name: string): unknown {
  if (!has(exports, name)) throw new Refused("TypeError", `there is no export "${name}"`);
  return get(exports, name);
}

/** Calls an export. */
export function callExport(exports: object, name: string, args: readonly unknown[]): unknown {
  const fn = exported(exports, name);
  if (typeof fn !== "function") {
    throw new Refused("TypeError", `the export "${name}" is no function; await it as a value`);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- It is a function.
  return apply(fn as Callable, undefined, args);
}

function kindOf(value: unknown): ExportKind {
  if (typeof value !== "function") return "value";
  const tag = apply(textOf, value, []);
  return tag === "[object GeneratorFunction]" || tag === "[object AsyncGeneratorFunction]"
    ? "generator"
    : "function";
}
