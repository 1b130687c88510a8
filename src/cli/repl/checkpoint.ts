// What of a namespace can be brought back after its interpreter had to be ended: copies of values,
// and declarations that can be run again. They are taken while the prompt waits.

import { type Interpreter, NotShareableError } from "../../../mod.ts";
import { NAME } from "../inside.ts";

/** The largest value that is copied, in bytes and parts, about. */
const LARGEST = 100_000;
const LOOK = { timeout: 300, onTimeout: "interrupt" } as const;
/** Source that does nothing but declare what can be declared again. */
const DECLARATION = /^\s*(?:(?:async\s+)?function\b|class\b|import\s+[\w{*"'])/;

/** A namespace as it was when a run had ended. */
export class Checkpoint {
  readonly #declarations: string[] = [];
  #values = new Map<string, unknown>();
  #names: readonly string[] = [];

  /** Notes source that has run. */
  note(source: string): void {
    if (DECLARATION.test(source)) this.#declarations.push(source);
  }

  /** Copies the values that can be copied; what fails is left out. */
  async take(interpreter: Interpreter, names: readonly string[]): Promise<void> {
    const thunks = names.map((name) => `["${name}",()=>${name}]`);
    const small = await interpreter.evaluate<string[]>(
      `${NAME}.small([${thunks.join(",")}],${LARGEST})`,
      LOOK,
    );
    const values = new Map<string, unknown>();
    for (const name of small) {
      try {
        values.set(name, await interpreter.evaluate(name, LOOK));
      } catch (error) {
        if (!(error instanceof NotShareableError)) throw error;
      }
    }
    this.#values = values;
    this.#names = names;
  }

  /** Brings back what it can. */
  async restore(
    interpreter: Interpreter,
  ): Promise<{ readonly back: string[]; readonly lost: string[] }> {
    for (const source of this.#declarations) {
      await interpreter.run(source, { timeout: 5_000 }).catch(() => {});
    }
    await interpreter.prepareMain(Object.fromEntries(this.#values));
    const thunks = this.#names.map((name) => `["${name}",()=>${name}]`);
    const back = await interpreter.evaluate<string[]>(
      `${NAME}.existing([${thunks.join(",")}])`,
      LOOK,
    );
    return { back, lost: this.#names.filter((name) => !back.includes(name)) };
  }
}
