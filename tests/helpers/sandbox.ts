// Tests of `permissions` that Deno enforces; the others refuse the options.

import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  create,
  type CreateOptions,
  createSync,
  type Interpreter,
  listAll,
  RunFailedError,
  UnsupportedError,
} from "subinterpreters";
import { adapter } from "subinterpreters/src/runtime/detect.ts";
import { runtime } from "./runtime.ts";

const timeout = 60_000;

/**
 * Lets sandboxes of the file be started when they are asked for alone. For files that use each
 * set of permissions once, where spares would cost twice what the tests do.
 */
export function withoutSpares(): void {
  const { capabilities } = adapter as { readonly capabilities: { sandboxSpares: number } };
  capabilities.sandboxSpares = 0;
}

/** Creates an interpreter that ends with the test; with permissions "none", unless told others. */
export type Sandbox = (options?: CreateOptions) => Promise<Interpreter>;

/** A test of what Deno enforces; the others refuse the options. */
export function sandboxTest(
  name: string,
  body: (sandbox: Sandbox, t: TestContext) => Promise<void>,
): void {
  test(name, { timeout }, async (t) => {
    if (runtime !== "deno") {
      await assert.rejects(create({ permissions: "none" }), UnsupportedError);
      assert.throws(() => createSync({ permissions: "none" }), UnsupportedError);
      assert.equal(listAll().length, 1);
      return;
    }
    const sandbox: Sandbox = async (options) => {
      const interpreter = await create({ permissions: "none", ...options });
      t.after(() => interpreter[Symbol.asyncDispose]());
      return interpreter;
    };
    await body(sandbox, t);
  });
}

/** What source may not do. */
export async function denied(
  interpreter: Interpreter,
  source: string,
  error: RegExp = /NotCapable|is isolated|is sandboxed/,
): Promise<void> {
  await assert.rejects(interpreter.run(source, { timeout: 20_000 }), (cause) => {
    assert.ok(cause instanceof RunFailedError, `${source}: ${String(cause)}`);
    assert.match(`${cause.excinfo.name}: ${cause.excinfo.message}`, error, source);
    return true;
  });
}

/** A folder with `file.txt` in it, that goes with the test. */
export function folderOf(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "subinterpreters-permissions-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "file.txt"), "text");
  return folder;
}

/** Source that gives the text of a file. */
export const read = (path: string): string => `await Deno.readTextFile(${JSON.stringify(path)})`;
