// An interpreter for the length of one test, or of all the tests of a file.

// oxlint-disable-next-line no-restricted-imports -- what tests share outlives each of them
import { after, type TestContext } from "node:test";
import { create, type CreateOptions, type Interpreter, listAll } from "subinterpreters";

/** Creates an interpreter that ends with the test, whatever state it is in. */
export async function scoped(t: TestContext, options?: CreateOptions): Promise<Interpreter> {
  const interpreter = await create(options);
  t.after(() => interpreter[Symbol.asyncDispose]());
  return interpreter;
}

/**
 * Gives what gets an interpreter that the tests of the file share: starting one is most of what
 * a test costs. For tests that neither end nor spoil it, and to which names that others have
 * declared in it are all one. If a test has failed in the middle of a run, there is a new one.
 */
export function sharing(options?: CreateOptions): () => Promise<Interpreter> {
  let interpreter: Interpreter | undefined;
  const end = async () => await interpreter?.[Symbol.asyncDispose]();
  after(end);
  return async () => {
    if (interpreter === undefined || !listAll().includes(interpreter) || interpreter.isRunning()) {
      await end();
      interpreter = await create(options);
    }
    return interpreter;
  };
}
