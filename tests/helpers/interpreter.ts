// An interpreter for the length of one test.

import type { TestContext } from "node:test";
import { create, type CreateOptions, type Interpreter } from "subinterpreters";

/** Creates an interpreter that ends with the test, whatever state it is in. */
export async function scoped(t: TestContext, options?: CreateOptions): Promise<Interpreter> {
  const interpreter = await create(options);
  t.after(() => interpreter[Symbol.asyncDispose]());
  return interpreter;
}
