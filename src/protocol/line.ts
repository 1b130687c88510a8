// What goes over a line: calls to one interpreter, and its answers. Both are items of channels
// that only the two sides of the line have. Each is a list that begins with numbers, because
// that is what the codec writes shortest.

import type { LoadedScript } from "./frames.ts";

/** What a slot of the called interpreter holds: a function's script, or an export of a module. */
export type Definition =
  | { readonly kind: "function"; readonly load: LoadedScript }
  | ModuleExport;

/** An export of a module, as the called interpreter loads it. */
export interface ModuleExport {
  readonly kind: "export";
  readonly module: string;
  readonly name: string;
}

/** Fills a slot. What was in it is not called any more. */
export const DEFINE = 0;
/** Calls what is in a slot. */
export const CALL = 1;
/** Calls what is in a slot, which gives an iterator, and asks for its first values. */
export const ITERATE = 2;
/** Asks for more values of an iterator. */
export const PULL = 3;
/** Calls `return` of an iterator. */
export const LEAVE = 4;
/** Calls `throw` of an iterator. */
export const RAISE = 5;
/** Loads a module, and asks what it exports. */
export const DESCRIBE = 6;
/** Asks for a copy of an export. */
export const READ = 7;

/** One item from the caller. `call` is its own number of the call. */
export type CallItem =
  | readonly [kind: typeof DEFINE, slot: number, definition: Definition]
  | readonly [kind: typeof CALL, call: number, slot: number, args: readonly unknown[]]
  | readonly [
    kind: typeof ITERATE,
    call: number,
    slot: number,
    args: readonly unknown[],
    credit: number,
  ]
  | readonly [kind: typeof PULL, call: number, credit: number]
  | readonly [kind: typeof LEAVE | typeof RAISE, call: number, value: unknown]
  | readonly [kind: typeof DESCRIBE, call: number, module: string]
  | readonly [kind: typeof READ, call: number, module: string, name: string];

/** The call is over: its result; of an iterator what it returned. */
export const RESULT = 0;
/** The call is over: what was thrown, as an excinfo. */
export const THREW = 1;
/** The call is over: there is nothing to call, or the result cannot cross. */
export const REFUSED = 2;
/** Values of an iterator. */
export const VALUES = 3;
/** The iterator gave a value to LEAVE or RAISE, and goes on. */
export const RESUMED = 4;

/** The classes of errors that a call is refused with. */
export type RefusalTag = "NotShareableError" | "RangeError" | "TypeError";

/** One item from the called interpreter. */
export type AnswerItem =
  | readonly [
    call: number,
    kind: typeof RESULT | typeof THREW | typeof RESUMED,
    value: unknown,
  ]
  | readonly [call: number, kind: typeof REFUSED, tag: RefusalTag, message: string]
  | readonly [call: number, kind: typeof VALUES, values: readonly unknown[]];

/** How one export of a module is used. */
export type ExportKind = "function" | "generator" | "value";

/** What a module exports: pairs of a name and a kind. */
export type Description = readonly (readonly [name: string, kind: ExportKind])[];
