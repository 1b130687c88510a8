// Runs scripts of many namespaces in this realm, for interpreters of tests. A script is as the
// host makes it for a thread (src/source): here its names are those of an object around it.

import { Script as VmScript } from "node:vm";
import type { Excinfo } from "../../errors.ts";
import { toExcinfo } from "../../codec/excinfo.ts";
import { type Import, loadModule, resolveModule } from "./loading.ts";
import type { NeededName, Script, ScriptImport, ScriptPart } from "../../protocol/frames.ts";
import { readOutline } from "../../protocol/outline.ts";
import { mapExcinfo } from "../../source/positions.ts";

type Evaluate = (text: string) => unknown;

/** A name that no source uses, for what runs with a timeout. */
const CALLED = "call·rt";
/** Stands for a blank in the name of a script: there a blank would end the name. */
const BLANK = "␠";
/** A place in a script, by the mark that the host gave it. */
const MARKED = /<\d+>:\d+/;

/**
 * Gives what evaluates text among the names of an object. What the text calls by such a name has
 * that object as its `this`, and not `undefined`: the language has no other way.
 */
const SCOPED = `(function (scope·rt) {
  with (scope·rt) return (text·rt) => eval(text·rt);
})`.replace(/\n\s*/g, "");

type Scoped = (this: object, scope: object) => Evaluate;

let scoped: Scoped | undefined;

/** What the module's name imports, and where other imports start. */
export interface Imports {
  readonly baseUrl: string;
  readonly door: object;
}

/** The namespace of one interpreter, and how scripts run in it. */
export class TestEvaluator {
  readonly #imports: Imports;
  /** What source has declared, and what every namespace has. */
  readonly #names: Record<string, unknown> = Object.create(null);
  /** What source has put on `globalThis`: that of the program stays as it is. */
  readonly #globals: Record<PropertyKey, unknown> = Object.create(null);
  readonly #scope: object;
  readonly #evaluate: Evaluate;

  /** @param provided Names that hide those of the program. */
  constructor(imports: Imports, provided: Readonly<Record<string, unknown>>) {
    this.#imports = imports;
    const { baseUrl } = imports;
    const globals = overlay(this.#globals, globalThis);
    Object.assign(this.#names, provided, {
      globalThis: globals,
      // `import(…)`, `import.meta` and assignments to constants are rewritten to these names.
      "imp·rt": (specifier: unknown, options?: { with?: Record<string, string> }) =>
        this.import({ specifier: String(specifier), attributes: options?.with }),
      "import·meta": {
        url: baseUrl,
        main: false,
        resolve: (specifier: unknown) => resolveModule(baseUrl, String(specifier)),
      },
    });
    Object.defineProperty(this.#names, "const·rt", {
      get: () => undefined,
      set() {
        throw new TypeError("Assignment to constant variable.");
      },
    });
    this.#scope = new Proxy(this.#names, {
      has: (names, name) => name in names || name in this.#globals,
      get: (names, name) => Reflect.get(name in names ? names : this.#globals, name),
      set: (names, name, value) => Reflect.set(name in names ? names : this.#globals, name, value),
    });
    scoped ??= new VmScript(SCOPED).runInThisContext() as Scoped;
    this.#evaluate = Reflect.apply(scoped, globals, [this.#scope]);
  }

  /** Imports a module, as `import()` in source does. */
  async import(request: Omit<Import, "baseUrl">): Promise<object> {
    const { baseUrl, door } = this.#imports;
    if (request.specifier === "subinterpreters") return door;
    return await loadModule({ ...request, baseUrl });
  }

  /** Binds values to names in the namespace. */
  assign(names: readonly string[], values: readonly unknown[]): void {
    for (const [index, name] of names.entries()) this.#names[name] = values[index];
  }

  /** The first name that a function needs and that is neither in the namespace nor a global. */
  missing({ outline }: Script): NeededName | undefined {
    const { needs = [] } = readOutline(outline);
    return needs.find(({ name }) => !(name in this.#scope || name in globalThis));
  }

  /** Runs a script; the value of an asynchronous one is a promise. */
  run(script: Script, filename: string, deadline: number): unknown {
    const { names, imports } = readOutline(script.outline);
    for (const name of names) if (!(name in this.#names)) this.#names[name] = undefined;
    const execute = () => this.#execute(script, filename, deadline);
    return imports.length === 0 ? execute() : this.#bindImports(imports, filename).then(execute);
  }

  #execute({ prelude, main }: Script, filename: string, deadline: number): unknown {
    const perform = ({ text, mark }: ScriptPart) => {
      const name = `${filename}${mark}`.replace(/\s/g, BLANK);
      return this.#evaluate(`${text}\n//# sourceURL=${name}`);
    };
    return within(deadline, () => {
      if (prelude !== null) perform(prelude);
      return perform(main);
    });
  }

  async #bindImports(imports: readonly ScriptImport[], filename: string): Promise<void> {
    const modules: object[] = [];
    for (const { specifier, attributes } of imports) {
      modules.push(await this.import({ specifier, attributes, filename }));
    }
    for (const [index, { specifier, bindings }] of imports.entries()) {
      const module = modules[index] ?? {};
      for (const { imported, local, optional } of bindings) {
        if (imported !== "*" && !optional && !(imported in module)) {
          throw new SyntaxError(
            `The requested module '${specifier}' does not provide an export named '${imported}'`,
          );
        }
        this.#names[local] = imported === "*" ? module : Reflect.get(module, imported);
      }
    }
  }
}

/** An object that has some members of its own, and else those of another, which nothing changes. */
export function overlay(own: Record<PropertyKey, unknown>, rest: object): object {
  return new Proxy(own, {
    has: (_, name) => name in own || name in rest,
    get: (_, name) => Reflect.get(name in own ? own : rest, name),
  });
}

/** Thrown when source took longer than it may. */
export class TookTooLong extends Error {}

/** Calls a function that must be done at a time; `Infinity`: whenever it is. */
export function within<T>(deadline: number, body: () => T): T {
  if (deadline === Infinity) return body();
  const left = Math.ceil(deadline - performance.now());
  if (left <= 0) throw new TookTooLong();
  // Only a script has a timeout.
  Object.defineProperty(globalThis, CALLED, { value: body, configurable: true });
  try {
    return new VmScript(`globalThis["${CALLED}"]()`).runInThisContext({
      timeout: left,
      displayErrors: false,
    }) as T;
  } catch (error) {
    const isTimeout = error instanceof Error && "code" in error &&
      error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
    throw isTimeout ? new TookTooLong() : error;
  } finally {
    Reflect.deleteProperty(globalThis, CALLED);
  }
}

/** What source threw, with the places where that is in the source. */
export function excinfoOf(error: unknown): Excinfo {
  return mapExcinfo(toExcinfo(error, { mapStack: ownFrames }));
}

/** The frames of source, as in a thread: those behind them are of the program that runs the test. */
function ownFrames(stack: string): string {
  const lines = stack.replaceAll(BLANK, " ")
    // Deno says that it was evaluated.
    .replace(/(?<=<\d+>), <anonymous>(?=:\d+)/g, "")
    .replace(/(?<=^ +at )eval \((.*)\)$/gm, "$1")
    .replace(/(?<=^ +at )Proxy\./gm, "")
    .split("\n");
  const last = lines.findLastIndex((line) => MARKED.test(line));
  return last < 0 ? stack : lines.slice(0, last + 1).filter(isOfSource).join("\n");
}

/** Not what assigns to a constant. */
function isOfSource(line: string): boolean {
  return !/^ +at Reflect\.set \(|^set@|^ +at set \(unknown/.test(line);
}
