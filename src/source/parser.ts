// The parser, made fast for whatever it is given. Acorn (8.19) looks through all the
// names of a scope for each that is declared in it, and keeps a `var` as often as it is
// written, in every block around it: source of a megabyte took seconds, and gigabytes.

import type { Parser } from "acorn";
import { library } from "./libraries.ts";

/** So many names are looked through faster than a set is made. */
const FEW = 8;

/** As much of a list as acorn uses, each name once. */
class Names {
  /** The first name. */
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

/** What acorn does not tell of its parser; if it is called otherwise one day, nothing but speed is lost. */
interface Internals {
  readonly scopeStack: { var: Names; lexical: Names; functions: Names }[];
  enterScope(flags: number): void;
}

let extended: typeof Parser | undefined;

/** Acorn's parser. */
export function parser(): typeof Parser {
  return extended ??= library("acorn").Parser.extend((base) => {
    const Base = base as unknown as new () => Internals;
    class Fast extends Base {
      override enterScope(flags: number): void {
        super.enterScope(flags);
        const names = { var: new Names(), lexical: new Names(), functions: new Names() };
        Object.assign(this.scopeStack.at(-1) ?? {}, names);
      }
    }
    return Fast as unknown as typeof Parser;
  });
}
