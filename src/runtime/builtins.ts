// Built-in modules, taken as objects. An `import` copies the named exports of a module, on Deno and
// Bun for good: confine/isolation.ts and stdio/writers.ts could not replace them any more. So no file
// that a guest loads imports a module of which something is replaced; it asks for the object here.
// tests/containment/builtins.test.ts compares the exports with the objects.

/** As the global was when the thread began: source may replace it. */
export const process: NodeJS.Process = globalThis.process;

// Taken now: source may replace them.
const { Error, Object } = globalThis;

type Load = (name: string) => object | undefined;

// Node has it since 20.16.
let load: Load | undefined = process.getBuiltinModule?.bind(process);

/** A built-in module, in the shape that the caller knows of it; throws if there is none. */
export function builtin<T extends object>(name: string): T {
  const module = load?.(name);
  if (module === undefined) throw new Error(`Invariant: there is a module ${name}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the runtime documents its shape
  return module as T;
}

/** Says how modules are found where the runtime has no `process.getBuiltinModule`. */
export function loadBy(require: Load): void {
  load ??= require;
}

/** Does something without the warning that it is experimental: source has not asked for that. */
export function quietly<A>(act: () => A): A {
  const own = Object.getOwnPropertyDescriptor(process, "emitWarning");
  if (own === undefined) return act();
  const { enumerable = true } = own;
  const value = () => {};
  Object.defineProperty(process, "emitWarning", { value, enumerable, configurable: true });
  try {
    return act();
  } finally {
    Object.defineProperty(process, "emitWarning", own);
  }
}
