// Runs rewritten scripts in this realm and keeps its namespace: each top-level
// name is one script-level `let`, declared the first time that a source declares
// it and assigned from then on.

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

/** Otherwise the runtimes write a piece of the script into the stack of what is thrown. */
const AS_THROWN = { displayErrors: false };

/** The longest timeout that `vm` takes on each runtime, in milliseconds; nobody waits so long. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** How much too early the runtimes' timers may fire: their clocks are not `performance`'s. */
const EARLY_MS = 2;

/** Thrown when source took longer than its budget; one object, because to ask a proxy that source threw is to run source. */
export const INTERRUPTION: Error = Object.create(Error.prototype) as Error;

/** A name that no source has for anything. */
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
  /** Told of each script that is sent, before it is compiled. */
  readonly #onScript: (chars: number) => void;
  #caller: Script | undefined;

  constructor(isMemoryLimited: boolean) {
    this.#onScript = isMemoryLimited ? codeCollector() : () => {};
    const hidden = { enumerable: false, configurable: true, writable: true };
    // What `import(…)`, `import.meta` and assignments to constants are rewritten to; names
    // that no source has for anything else.
    Object.defineProperty(globalThis, "imp·rt", {
      ...hidden,
      // Asynchronous: also what cannot become a string is a promise that is rejected.
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

  /** Says where the source lies. */
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

  /** Goes the way of a source once, with text of the module's own: the first time takes longest. */
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
    // A name that no source has for anything else: a variable may be called "values".
    for (let i = 0; i < names.length; i++) body += `${names[i]}=given·rt[${i}];`;
    const assign = new VmScript(`(given·rt)=>{${body}}`).runInThisContext() as Assign;
    assign(values);
  }

  async #importAndRun(compiled: Compiled, deadline: number | null): Promise<unknown> {
    const { filename, outline: { imports } } = compiled;
    const baseUrl = this.#baseUrl;
    const modules: object[] = [];
    for (let i = 0; i < imports.length; i++) {
      const { specifier, attributes } = imports[i]!;
      modules[i] = await importFrom({ baseUrl, specifier, attributes, filename });
    }
    for (let i = 0; i < imports.length; i++) this.#bindImport(imports[i]!, modules[i]!);
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
    for (let i = 0; i < bindings.length; i++) {
      if (bindings[i]!.imported === "signal") this.#signals.add(bindings[i]!.local);
    }
  }

  /** Gives the names that `signal` was imported by a fresh one, unless source has assigned to them. */
  rebindSignal(old: AbortSignal, fresh: AbortSignal): void {
    this.#signals.forEach((name) => {
      const text = `(old·rt,fresh·rt)=>{if(${name}===old·rt)${name}=fresh·rt}`;
      const rebind = new VmScript(text).runInThisContext() as (...args: AbortSignal[]) => void;
      rebind(old, fresh);
    });
  }

  #declare(names: readonly string[]): void {
    let missing = "";
    for (let i = 0; i < names.length; i++) {
      if (!this.#declared.has(names[i]!)) missing += `${missing === "" ? "let " : ","}${names[i]}`;
    }
    if (missing === "") return;
    new VmScript(missing).runInThisContext();
    for (let i = 0; i < names.length; i++) this.#declared.add(names[i]!);
  }
}

/** `list.map(make)`, whatever source did to arrays. */
export function mapped<A, B>(list: readonly A[], make: (item: A) => B): B[] {
  const made: B[] = [];
  for (let i = 0; i < list.length; i++) made[i] = make(list[i]!);
  return made;
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
    // Source may throw an error that looks the same, but hardly at this time.
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
    // Source may have put one on `Object.prototype`; see confine/code_cache.ts.
    cachedData: undefined,
    // The host makes the public filename of it again (source/positions.ts).
    filename: filename + mark,
    // For import() in text that source evaluates itself (`eval`, `new Function`).
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}
