// Which interpreters there are: the current one, the main one, all of them.

import { handleOf, type Interpreter } from "./interpreter.ts";
import { realm } from "./realm.ts";

/**
 * Gives the interpreter that this code runs in.
 *
 * @returns The handle; in the program itself that is the main interpreter.
 * @see PEP 734 `interpreters.get_current`.
 */
export function getCurrent(): Interpreter {
  const { currentId } = realm();
  return handleOf({ id: currentId });
}

/**
 * Gives the main interpreter, the one that the program started in.
 *
 * @returns The handle; its id is 0.
 * @see PEP 734 `interpreters.get_main`.
 */
export function getMain(): Interpreter {
  return handleOf({ id: 0 });
}

/**
 * Lists all interpreters that exist.
 *
 * @returns A new array of handles, by id, the main interpreter first.
 * @see PEP 734 `interpreters.list_all`.
 *
 * @example Only the main one at first
 * ```ts
 * import { create, getMain, listAll } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * await using interpreter = await create();
 * assert.deepEqual(listAll().map(({ id }) => id), [getMain().id, interpreter.id]);
 * ```
 */
export function listAll(): Interpreter[] {
  return realm().list().map(handleOf);
}
