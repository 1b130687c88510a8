// Runs rewritten scripts in this realm and keeps its namespace: each top-level
// name is one script-level `let`, declared the first time that a source declares
// it and assigned from then on.

import { constants, Script as VmScript } from "node:vm";
import type { LoadedScript, ScriptImport } from "../protocol/frames.ts";
import { SafeSet } from "../primordials.ts";
import { importFrom } from "./imports.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Reflect, String, SyntaxError, TypeError } = globalThis;
const { get: getProperty } = Reflect;

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
  readonly #declared = new SafeSet<string>();

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
    let body = "";
    for (let i = 0; i < names.length; i++) body += `${names[i]}=values[${i}];`;
    const assign = new VmScript(`(values)=>{${body}}`).runInThisContext() as Assign;
    assign(values);
  }

  async #importAndRun(compiled: Compiled): Promise<unknown> {
    const { script } = compiled;
    const { imports } = script;
    const modules: object[] = [];
    for (let i = 0; i < imports.length; i++) {
      const { specifier, attributes } = imports[i]!;
      modules[i] = await importFrom(this.#baseUrl, specifier, attributes);
    }
    for (let i = 0; i < imports.length; i++) this.#bindImport(imports[i]!, modules[i]!);
    return await execute(compiled);
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

function execute(compiled: Compiled): unknown {
  const { script, filename } = compiled;
  if (script.prelude !== null) {
    (compiled.prelude ??= compile(script.prelude, filename)).runInThisContext(AS_THROWN);
  }
  return (compiled.main ??= compile(script.main, filename)).runInThisContext(AS_THROWN);
}

function compile(text: string, filename: string): VmScript {
  return new VmScript(text, {
    filename,
    // For import() in text that source evaluates itself (`eval`, `new Function`).
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}
