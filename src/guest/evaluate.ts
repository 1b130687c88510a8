// Runs rewritten scripts in this realm and keeps its namespace: each top-level
// name is one script-level `let`, declared the first time that a source declares
// it and assigned from then on.

import { constants, Script as VmScript } from "node:vm";
import type { LoadedScript, ScriptImport, ScriptPart } from "../protocol/frames.ts";
import { importFrom } from "./imports.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Reflect, Set, String, SyntaxError, TypeError } = globalThis;

/** A script that the host sent, compiled when it first runs. */
export interface Compiled extends LoadedScript {
  prelude?: VmScript;
  main?: VmScript;
}

/** Otherwise the runtimes write a piece of the script into the stack of what is thrown. */
const AS_THROWN = { displayErrors: false };

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
        importFrom(baseUrl, String(specifier), options?.with),
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

  /** Runs a script; the value of an asynchronous one is a promise. */
  run(compiled: Compiled): unknown {
    const { names, imports } = compiled.script;
    if (names.length > 0) this.#declare(names);
    if (imports.length > 0) return this.#importAndRun(compiled);
    return execute(compiled);
  }

  /** Binds values to names in the namespace. */
  assign(names: readonly string[], values: readonly unknown[]): void {
    this.#declare(names);
    const body = names.map((name, index) => `${name}=values[${index}];`).join("");
    const assign = new VmScript(`(values)=>{${body}}`).runInThisContext() as Assign;
    assign(values);
  }

  async #importAndRun(compiled: Compiled): Promise<unknown> {
    const { script } = compiled;
    const modules: object[] = [];
    for (const { specifier, attributes } of script.imports) {
      modules.push(await importFrom(this.#baseUrl, specifier, attributes));
    }
    script.imports.forEach((wanted, index) => this.#bindImport(wanted, modules[index] ?? {}));
    return await execute(compiled);
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

function execute(compiled: Compiled): unknown {
  const { script, filename } = compiled;
  if (script.prelude !== null) {
    (compiled.prelude ??= compile(script.prelude, filename)).runInThisContext(AS_THROWN);
  }
  return (compiled.main ??= compile(script.main, filename)).runInThisContext(AS_THROWN);
}

function compile({ text, mark }: ScriptPart, filename: string): VmScript {
  return new VmScript(text, {
    // The host makes the public filename of it again (source/positions.ts).
    filename: filename + mark,
    // For import() in text that source evaluates itself (`eval`, `new Function`).
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}
