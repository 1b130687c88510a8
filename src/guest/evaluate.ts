// Runs scripts in this realm and keeps its namespace: each top-level name is one script-level
// `let`, declared the first time that a source declares it and assigned from then on.

import type { Script } from "node:vm";
import { SafeSet } from "../primordials.ts";
import type {
  LoadedScript,
  NeededName,
  Outline,
  ScriptImport,
  ScriptPart,
} from "../protocol/frames.ts";
import { builtin } from "../runtime/builtins.ts";
import { codeCollector } from "../confine/deno/heap.ts";
import { encode } from "../codec/encode.ts";
import { toExcinfo } from "../codec/excinfo.ts";
import { readOutline, toOutline } from "../protocol/outline.ts";
import { importFrom, resolveImport } from "./imports.ts";
import { each, mapped } from "./lists.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Math, Object, Reflect, String, SyntaxError, TypeError, performance } = globalThis;
const { apply, defineProperty, deleteProperty, get: getProperty, has } = Reflect;
const { constants, Script: VmScript } = builtin<typeof import("node:vm")>("node:vm");
const { ceil, min } = Math;
const now = performance.now.bind(performance);

/** A script that the host sent, compiled when it first runs. */
export interface Compiled extends LoadedScript {
  readonly outline: Outline;
  prelude?: Script;
  main?: Script;
}

/** Otherwise the runtimes write a piece of the script into the stack of an error. */
const AS_THROWN = { displayErrors: false };

/** The longest timeout that `vm` takes on each runtime, in milliseconds; nobody waits so long. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** How much too early the runtimes' timers may fire: they use another clock than `performance`. */
const EARLY_MS = 2;

/** Thrown when source took longer than its budget. There is one: comparing runs no source, even if source threw a proxy. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- It has the prototype of one.
export const INTERRUPTION: Error = Object.create(Error.prototype) as Error;

/** A name that no source uses. */
const REHEARSED = "rehearsed·rt";

/** What calls a function with a timeout, by a name that no source has for anything. */
const CALLED = "call·rt";
const CALL = `${CALLED}()`;

type Callable = (...args: unknown[]) => unknown;
type Assign = (values: readonly unknown[]) => void;

/** The namespace of one interpreter, and how scripts run in it. */
export class Evaluator {
  #baseUrl = "";
  readonly #declared = new SafeSet<string>();
  /** Names by which source has imported `signal`. */
  readonly #signals = new SafeSet<string>();
  /** Called before a script is compiled. */
  readonly #onScript: (chars: number) => void;
  #caller: Script | undefined;

  constructor(isMemoryLimited: boolean) {
    this.#onScript = isMemoryLimited ? codeCollector() : () => {};
    const hidden = { enumerable: false, configurable: true, writable: true };
    // `import(…)`, `import.meta` and assignments to constants are rewritten to these names,
    // which no source uses.
    Object.defineProperty(globalThis, "imp·rt", {
      ...hidden,
      // Asynchronous: a specifier that cannot become a string rejects the promise.
      value: async (specifier: unknown, options?: { with?: Record<string, string> }) => {
        const baseUrl = this.#baseUrl;
        return await importFrom({
          baseUrl,
          specifier: String(specifier),
          attributes: options?.with,
        });
      },
    });
    Object.defineProperty(globalThis, "const·rt", {
      enumerable: false,
      configurable: true,
      get: () => undefined,
      set() {
        throw new TypeError("Assignment to constant variable.");
      },
    });
  }

  /** Imports a module, as `import()` in source does. */
  import(specifier: string): Promise<object> {
    return importFrom({ baseUrl: this.#baseUrl, specifier });
  }

  /** Sets the directory that imports are relative to. */
  begin(baseUrl: string): void {
    this.#baseUrl = baseUrl;
    Object.defineProperty(globalThis, "import·meta", {
      value: Object.freeze({
        url: baseUrl,
        main: false,
        resolve: (specifier: unknown) => resolveImport({ baseUrl, specifier: String(specifier) }),
      }),
      configurable: true,
      writable: true,
    });
  }

  /** Runs a script of the module's own once: the first run takes longest. */
  rehearse(): void {
    const run = (text: string): unknown => {
      const outline = { names: [REHEARSED], imports: [] };
      const main = { text, mark: "" };
      const script = { outline: toOutline(outline), prelude: null, main, isAsync: false };
      const rehearsed = { script, filename: REHEARSED, wantsValue: true };
      return this.run({ ...rehearsed, outline: readOutline(script.outline) }, null);
    };
    this.assign([REHEARSED], [encode(run(`${REHEARSED}=[1]`))]);
    try {
      run("throw new Error()");
    } catch (error) {
      toExcinfo(error);
    }
  }

  /**
   * Runs a script; the value of an asynchronous one is a promise.
   *
   * @param budgetMs Longest time for its synchronous part; `null`: no limit.
   * @throws {Interruption} It took longer.
   */
  run(compiled: Compiled, budgetMs: number | null): unknown {
    const { outline: { names, imports }, script: { main } } = compiled;
    if (compiled.main === undefined) this.#onScript(main.text.length);
    if (names.length > 0) this.#declare(names);
    const deadline = budgetMs === null ? null : now() + budgetMs;
    if (imports.length > 0) return this.#importAndRun(compiled, deadline);
    return execute(compiled, deadline);
  }

  /** The first of the names that are neither in the namespace nor globals. */
  missing(names: readonly NeededName[]): NeededName | undefined {
    for (let i = 0; i < names.length; i++) {
      // oxlint-disable-next-line typescript/no-non-null-assertion -- `i` is less than the length.
      const { name } = names[i]!;
      if (!this.#declared.has(name) && !has(globalThis, name)) return names[i];
    }
    return undefined;
  }

  /**
   * Calls a function of source.
   *
   * @param budgetMs Longest time for its synchronous part; `null`: no limit.
   * @throws {Interruption} It took longer.
   */
  call(fn: Callable, args: readonly unknown[], budgetMs: number | null): unknown {
    if (budgetMs === null) return apply(fn, undefined, args);
    // Only a script has a timeout. The name is gone before source runs.
    const script = this.#caller ??= new VmScript(CALL);
    defineProperty(globalThis, CALLED, {
      enumerable: false,
      configurable: true,
      get: () => {
        deleteProperty(globalThis, CALLED);
        return () => apply(fn, undefined, args);
      },
    });
    return perform(script, now() + budgetMs);
  }

  /** Binds values to names in the namespace. */
  assign(names: readonly string[], values: readonly unknown[]): void {
    this.#declare(names);
    let body = "";
    // No source uses the name `given·rt`; a variable may be called "values".
    each(names, (name, index) => {
      body += `${name}=given·rt[${index}];`;
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The text is right above.
    const assign = new VmScript(`(given·rt)=>{${body}}`).runInThisContext() as Assign;
    assign(values);
  }

  async #importAndRun(compiled: Compiled, deadline: number | null): Promise<unknown> {
    const { filename, outline: { imports } } = compiled;
    const baseUrl = this.#baseUrl;
    const modules: object[] = [];
    for (let i = 0; i < imports.length; i++) {
      // oxlint-disable-next-line typescript/no-non-null-assertion -- `i` is less than the length.
      const { specifier, attributes } = imports[i]!;
      modules[i] = await importFrom({ baseUrl, specifier, attributes, filename });
    }
    // Names are bound when all modules are there.
    each(modules, (module, index) => {
      // oxlint-disable-next-line typescript/no-non-null-assertion -- There is a module for each import.
      this.#bindImport(imports[index]!, module);
    });
    return await execute(compiled, deadline);
  }

  #bindImport({ specifier, bindings }: ScriptImport, module: object): void {
    const values = mapped(bindings, ({ imported, optional }) => {
      if (imported === "*") return module;
      if (!optional && !(imported in module)) {
        throw new SyntaxError(
          `The requested module '${specifier}' does not provide an export named '${imported}'`,
        );
      }
      return getProperty(module, imported) as unknown;
    });
    this.assign(mapped(bindings, ({ local }) => local), values);
    if (specifier !== "subinterpreters") return;
    each(bindings, ({ imported, local }) => {
      if (imported === "signal") this.#signals.add(local);
    });
  }

  /** Assigns a fresh signal to the names that imported `signal`, unless source has assigned to them. */
  rebindSignal(old: AbortSignal, fresh: AbortSignal): void {
    this.#signals.forEach((name) => {
      const text = `(old·rt,fresh·rt)=>{if(${name}===old·rt)${name}=fresh·rt}`;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The text is right above.
      const rebind = new VmScript(text).runInThisContext() as (...args: AbortSignal[]) => void;
      rebind(old, fresh);
    });
  }

  #declare(names: readonly string[]): void {
    let missing = "";
    each(names, (name) => {
      if (!this.#declared.has(name)) missing += `${missing === "" ? "let " : ","}${name}`;
    });
    if (missing === "") return;
    new VmScript(missing).runInThisContext();
    each(names, (name) => void this.#declared.add(name));
  }
}

function execute(compiled: Compiled, deadline: number | null): unknown {
  const { script, filename } = compiled;
  if (script.prelude !== null) {
    perform(compiled.prelude ??= compile(script.prelude, filename), deadline);
  }
  return perform(compiled.main ??= compile(script.main, filename), deadline);
}

function perform(script: Script, deadline: number | null): unknown {
  // A timeout costs a thread of its own on V8, so only those pay that ask for it.
  if (deadline === null) return script.runInThisContext(AS_THROWN);
  const left = deadline - now();
  if (left <= 0) throw INTERRUPTION;
  try {
    return script.runInThisContext({ ...AS_THROWN, timeout: min(ceil(left), MAX_TIMEOUT) });
  } catch (error) {
    // Source may throw an error that looks the same, but hardly at that very moment.
    if (now() >= deadline - EARLY_MS && isTimeout(error)) throw INTERRUPTION;
    throw error;
  }
}

function isTimeout(error: unknown): boolean {
  try {
    return error instanceof Error && "code" in error &&
      error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
  } catch {
    // A proxy that source threw.
    return false;
  }
}

function compile({ text, mark }: ScriptPart, filename: string): Script {
  return new VmScript(text, {
    // Source may have put one on `Object.prototype` (confine/code_cache.ts).
    cachedData: undefined,
    // The host takes the mark off again (source/positions.ts).
    filename: filename + mark,
    // For import() in text that source evaluates itself (`eval`, `new Function`).
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}
