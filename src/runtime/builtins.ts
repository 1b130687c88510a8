// Modules of the runtime, taken as objects. An `import` copies the named exports of one, on
// Deno and Bun for good: confine/isolation.ts and stdio/writers.ts could not replace them any more. So no
// file that a guest loads imports a module of which something is replaced; it asks here.
// containment/builtins.test.ts compares the exports with the objects.

/** As the global was when the thread began: source may replace it. */
export const process: NodeJS.Process = globalThis.process;

// Taken now: source may replace them.
const { Error, Object } = globalThis;

type Load = (name: string) => object | undefined;

// Node has it since 20.16.
let load = process.getBuiltinModule?.bind(process) as Load | undefined;

/** A module that the runtime brings along; throws if it does not. */
export function builtin<T extends object>(name: string): T {
  const module = load?.(name);
  if (module === undefined) throw new Error(`Invariant: there is a module ${name}`);
  return module as T;
}

/** How modules are found where the runtime does not tell by itself. */
export function loadBy(require: Load): void {
  load ??= require;
}

/** Without the warning that something is experimental: source has not asked for it. */
export function quietly<A>(act: () => A): A {
  const own = Object.getOwnPropertyDescriptor(process, "emitWarning")!;
  const { enumerable = true } = own;
  const value = () => {};
  Object.defineProperty(process, "emitWarning", { value, enumerable, configurable: true });
  try {
    return act();
  } finally {
    Object.defineProperty(process, "emitWarning", own);
  }
}
