// Runs rewritten scripts in this realm and keeps its namespace: each top-level
// name is one script-level `let`, declared the first time that a source declares
// it and assigned from then on.

import { constants, Script as VmScript } from "node:vm";
import type { Script, ScriptImport } from "../protocol/frames.ts";
import { importFrom } from "./imports.ts";

const MAX_COMPILED = 64;

type Assign = (values: readonly unknown[]) => void;

/** The namespace of one interpreter, and how scripts run in it. */
export class Evaluator {
  readonly #baseUrl: string;
  readonly #declared = new Set<string>();
  readonly #compiled = new Map<string, VmScript>();

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
  run(script: Script, filename: string): unknown {
    this.#declare(script.names);
    if (script.imports.length > 0) return this.#importAndRun(script, filename);
    return this.#execute(script, filename);
  }

  /** Binds values to names in the namespace. */
  assign(names: readonly string[], values: readonly unknown[]): void {
    this.#declare(names);
    const body = names.map((name, index) => `${name}=values[${index}];`).join("");
    const assign = new VmScript(`(values)=>{${body}}`).runInThisContext() as Assign;
    assign(values);
  }

  async #importAndRun(script: Script, filename: string): Promise<unknown> {
    const modules: object[] = [];
    for (const { specifier, attributes } of script.imports) {
      modules.push(await importFrom(this.#baseUrl, specifier, attributes));
    }
    script.imports.forEach((wanted, index) => this.#bindImport(wanted, modules[index] ?? {}));
    return await this.#execute(script, filename);
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

  #execute(script: Script, filename: string): unknown {
    if (script.prelude !== null) this.#compile(script.prelude, filename).runInThisContext();
    return this.#compile(script.main, filename).runInThisContext();
  }

  #declare(names: readonly string[]): void {
    const missing = names.filter((name) => !this.#declared.has(name));
    if (missing.length === 0) return;
    new VmScript(`let ${missing.join(",")};`).runInThisContext();
    for (const name of missing) this.#declared.add(name);
  }

  /** The same source often runs again: its compiled form is kept. */
  #compile(text: string, filename: string): VmScript {
    const key = `${filename}\n${text}`;
    let compiled = this.#compiled.get(key);
    if (compiled === undefined) {
      compiled = new VmScript(text, {
        filename,
        // For import() in text that source evaluates itself (`eval`, `new Function`).
        importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      });
      if (this.#compiled.size >= MAX_COMPILED) this.#compiled.clear();
      this.#compiled.set(key, compiled);
    }
    return compiled;
  }
}
