// Which interpreters there are: the current one, the main one, all of them.

import { handleOf, type Interpreter } from "./interpreter.ts";
import { realm } from "./realm.ts";

/**
 * Gives the interpreter that this code runs in.
 *
 * @returns The handle. In the program itself that is the main interpreter's.
 * @see PEP 734 `interpreters.get_current`.
 *
 * @example Who am I?
 * ```ts
 * import { create, getCurrent } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * assert.equal(getCurrent().id, 0);
 * await using interpreter = await create();
 * const source = `import { getCurrent } from "subinterpreters"; getCurrent().id`;
 * assert.equal(await interpreter.evaluate(source), interpreter.id);
 * ```
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
 *
 * @example The program's own interpreter
 * ```ts
 * import { getCurrent, getMain } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * assert.equal(getMain(), getCurrent());
 * assert.equal(getMain().isRunning(), true);
 * ```
 */
export function getMain(): Interpreter {
  return handleOf({ id: 0 });
}

/**
 * Lists the interpreters that exist. A sandbox, which is one created with `permissions`,
 * sees the main one, itself and those that it created.
 *
 * @returns A new array of handles, ordered by id, the main interpreter first.
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
