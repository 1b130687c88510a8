// Acorn's parser, made fast for any source. Acorn 8.19 looks through all names of a scope for
// each name that is declared in it. It also keeps each `var` as often as it is written, in every
// block around it. So a source of a megabyte took seconds, and gigabytes of memory
// (acornjs/acorn#1457).

import type { Parser } from "acorn";
import { library } from "./libraries.ts";

/** Up to so many names, a list is faster than a set. */
const FEW = 8;

/** Names of a scope, each once. It has as much of an array as acorn uses. */
class Names {
  /** The first name, which acorn reads as the parameter of a `catch`. */
  0?: string;
  readonly #few: string[] = [];
  #many: Set<string> | undefined;

  push(name: string): void {
    if (this.indexOf(name) === 0) return;
    this[0] ??= name;
    if (this.#many !== undefined) this.#many.add(name);
    else if (this.#few.push(name) > FEW) this.#many = new Set(this.#few);
  }

  /** 0 if the name is there, -1 if it is not. */
  indexOf(name: string): number {
    return (this.#many?.has(name) ?? this.#few.includes(name)) ? 0 : -1;
  }
}

/**
 * The names of `var` in one block. All blocks of a function share one map, which has for each
 * name when it was written last. A block has those names that were written since it was opened.
 */
class Vars {
  readonly #written: Map<string, number>;
  readonly #clock: { now: number };
  readonly #opened: number;

  /** @param outer The block around it; `undefined` for the outermost block of a function. */
  constructor(clock: { now: number }, outer?: Vars) {
    this.#written = outer === undefined ? new Map() : outer.#written;
    this.#clock = clock;
    this.#opened = ++clock.now;
  }

  push(name: string): void {
    this.#written.set(name, this.#clock.now);
  }

  /** 0 if the name is there, -1 if it is not. */
  indexOf(name: string): number {
    return (this.#written.get(name) ?? -1) >= this.#opened ? 0 : -1;
  }
}

interface Scope {
  var: Vars;
  lexical: Names;
  functions: Names;
}

/** What acorn does not publish about its parser. If that changes one day, only speed is lost. */
interface Internals {
  readonly scopeStack: readonly Scope[];
  currentVarScope(): Scope;
  enterScope(flags: number): void;
}

let extended: typeof Parser | undefined;

/** Acorn's parser. */
export function parser(): typeof Parser {
  return extended ??= library("acorn").Parser.extend((base) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Acorn does not tell of these.
    const Base = base as unknown as new () => Internals;
    class Fast extends Base {
      // Declared and not initialized: acorn opens the first scope before fields are set.
      declare clock?: { now: number };

      override enterScope(flags: number): void {
        const outer = this.scopeStack.at(-1);
        super.enterScope(flags);
        const scope = this.scopeStack.at(-1);
        if (scope === undefined) return;
        const isOfFunction = this.currentVarScope() === scope;
        scope.var = new Vars(this.clock ??= { now: 0 }, isOfFunction ? undefined : outer?.var);
        scope.lexical = new Names();
        scope.functions = new Names();
      }
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- It extends what was given, whose type `Internals` hides.
    return Fast as unknown as typeof Parser;
  });
}
