// Runs rewritten scripts in this realm and keeps its namespace: each top-level
// name is one script-level `let`, declared the first time that a source declares
// it and assigned from then on.

import { constants, Script as VmScript } from "node:vm";
import type { LoadedScript, ScriptImport, ScriptPart } from "../protocol/frames.ts";
import { importFrom } from "./imports.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Math, Object, Reflect, Set, String, SyntaxError, TypeError, performance } =
  globalThis;

/** A script that the host sent, compiled when it first runs. */
export interface Compiled extends LoadedScript {
  prelude?: VmScript;
  main?: VmScript;
}

/** Otherwise the runtimes write a piece of the script into the stack of what is thrown. */
const AS_THROWN = { displayErrors: false };

/** How much too early the runtimes' timers may fire: their clocks are not `performance`'s. */
const EARLY_MS = 2;

/** The source took longer than its budget and was stopped; source itself cannot throw one. */
export class Interruption extends globalThis.Error {}

type Assign = (values: readonly unknown[]) => void;

/** The namespace of one interpreter, and how scripts run in it. */
export class Evaluator {
  readonly #baseUrl: string;
  readonly #declared = new Set<string>();

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
    const hidden = { enumerable: false, configurable: true, writable: true };
    // What `import(…)`, `import.meta` and assignments to constants are rewritten to.
    Object.defineProperty(globalThis, "imp_rt", {
      ...hidden,
      value: (specifier: unknown, options?: { with?: Record<string, string> }) =>
        importFrom({ baseUrl, specifier: String(specifier), attributes: options?.with }),
    });
    Object.defineProperty(globalThis, "import_meta", {
      ...hidden,
      value: Object.freeze({ url: baseUrl, main: false }),
    });
    Object.defineProperty(globalThis, "const_rt", {
      enumerable: false,
      configurable: true,
      get: () => undefined,
      set() {
        throw new TypeError("Assignment to constant variable.");
      },
    });
  }

  /**
   * Runs a script; the value of an asynchronous one is a promise.
   *
   * @param budgetMs Longest time for its synchronous part; `null`: no limit.
   * @throws {Interruption} It took longer.
   */
  run(compiled: Compiled, budgetMs: number | null): unknown {
    const { names, imports } = compiled.script;
    if (names.length > 0) this.#declare(names);
    const deadline = budgetMs === null ? null : performance.now() + budgetMs;
    if (imports.length > 0) return this.#importAndRun(compiled, deadline);
    return execute(compiled, deadline);
  }

  /** Binds values to names in the namespace. */
  assign(names: readonly string[], values: readonly unknown[]): void {
    this.#declare(names);
    const body = names.map((name, index) => `${name}=values[${index}];`).join("");
    const assign = new VmScript(`(values)=>{${body}}`).runInThisContext() as Assign;
    assign(values);
  }

  async #importAndRun(compiled: Compiled, deadline: number | null): Promise<unknown> {
    const { script, filename } = compiled;
    const baseUrl = this.#baseUrl;
    const modules: object[] = [];
    for (const { specifier, attributes } of script.imports) {
      modules.push(await importFrom({ baseUrl, specifier, attributes, filename }));
    }
    script.imports.forEach((wanted, index) => this.#bindImport(wanted, modules[index] ?? {}));
    return await execute(compiled, deadline);
  }

  #bindImport({ specifier, bindings }: ScriptImport, module: object): void {
    const values = bindings.map(({ imported, optional }) => {
      if (imported === "*") return module;
      if (!optional && !(imported in module)) {
        throw new SyntaxError(
          `The requested module '${specifier}' does not provide an export named '${imported}'`,
        );
      }
      return Reflect.get(module, imported) as unknown;
    });
    this.assign(bindings.map(({ local }) => local), values);
  }

  #declare(names: readonly string[]): void {
    const missing = names.filter((name) => !this.#declared.has(name));
    if (missing.length === 0) return;
    new VmScript(`let ${missing.join(",")};`).runInThisContext();
    for (const name of missing) this.#declared.add(name);
  }
}

function execute(compiled: Compiled, deadline: number | null): unknown {
  const { script, filename } = compiled;
  if (script.prelude !== null) {
    perform(compiled.prelude ??= compile(script.prelude, filename), deadline);
  }
  return perform(compiled.main ??= compile(script.main, filename), deadline);
}

function perform(script: VmScript, deadline: number | null): unknown {
  // A timeout costs a thread of its own on V8, so only those pay that ask for it.
  if (deadline === null) return script.runInThisContext(AS_THROWN);
  const left = deadline - performance.now();
  if (left <= 0) throw new Interruption();
  try {
    return script.runInThisContext({ ...AS_THROWN, timeout: Math.ceil(left) });
  } catch (error) {
    // Source may throw an error that looks the same, but hardly at this time.
    if (performance.now() >= deadline - EARLY_MS && isTimeout(error)) throw new Interruption();
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

function compile({ text, mark }: ScriptPart, filename: string): VmScript {
  return new VmScript(text, {
    // The host makes the public filename of it again (source/positions.ts).
    filename: filename + mark,
    // For import() in text that source evaluates itself (`eval`, `new Function`).
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}
