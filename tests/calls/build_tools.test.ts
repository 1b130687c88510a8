// Functions as build tools write them: each does in another interpreter what it does here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type TransformOptions, transformSync } from "esbuild";
import { RunFailedError } from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";

const shared = sharing();

const SOURCE = `var fns = {
  named: () => { const inner = () => 1; class Inner {} return [inner.name, Inner.name]; },
  awaits: async (xs, { factor = 2 } = {}, ...more) => {
    const one = async (x) => (await x) * factor;
    try { await Promise.reject(new Error("kept")); }
    catch (error) { return [...await Promise.all([...xs, ...more].map(one)), error.message]; }
  },
  optional: (object) => { object.a ??= object.b?.c ?? 5; return object.a ** 2; },
  uses: () => {
    const log = [];
    { using a = { [Symbol.dispose]() { log.push("a"); } }; using none = null; log.push(none); }
    return log;
  },
  awaitsUsing: async () => {
    const log = [];
    {
      await using a = { async [Symbol.asyncDispose]() { await 1; log.push("a"); } };
      await using b = { [Symbol.dispose]() { log.push("b"); } };
      await using none = undefined;
    }
    return log;
  },
  imports: async () => (await import("node:path")).posix.join("a", "b"),
}`;

type Fns = Readonly<Record<string, (...args: unknown[]) => unknown>>;

const ARGUMENTS: Readonly<Record<string, unknown[]>> = {
  awaits: [[1, 2], undefined, 3],
  optional: [{ b: { c: 3 } }],
};

/** Syntax that Node 20 has none of. */
const using = false;

for (
  const [tool, options] of Object.entries<TransformOptions>({
    "for ES2022": { target: "es2022" },
    "for ES2022, with names kept": { target: "es2022", keepNames: true },
    "for ES2022, minified": { target: "es2022", minifySyntax: true, minifyWhitespace: true },
    "for ES2017": { target: "es2017" },
    "for ES2016": { target: "es2016" },
  })
) {
  const { code } = transformSync(SOURCE, {
    ...options,
    supported: { using, "dynamic-import": true },
  });
  const fns = new Function(`${code};return fns`)() as Fns;
  for (const [name, fn] of Object.entries(fns)) {
    test(`call() runs the function ${name} that esbuild wrote ${tool}`, async () => {
      const interpreter = await shared();
      const args = ARGUMENTS[name] ?? [];
      assert.deepEqual(
        await interpreter.call(fn, ...args),
        await fn(...structuredClone(args)),
      );
    });
  }
}

test("call() runs async and using as TypeScript writes them for older targets", async () => {
  const interpreter = await shared();
  const given = new Function(`return function (object) {
    return __awaiter(this, arguments, void 0, function* (object, more = 1) {
      const log = [];
      const env_1 = { stack: [], error: void 0, hasError: false };
      try {
        const a = __addDisposableResource(env_1, { [Symbol.dispose]() { log.push("a"); } }, true);
        const b = __addDisposableResource(env_1, null, false);
        log.push(yield Promise.resolve(object.n + more));
      } catch (e_1) {
        env_1.error = e_1;
        env_1.hasError = true;
      } finally {
        const result_1 = __disposeResources(env_1);
        if (result_1) yield result_1;
      }
      return log;
    });
  }`)() as (object: { n: number }) => Promise<unknown[]>;
  assert.deepEqual(await interpreter.call(given, { n: 1 }), [2, "a"]);
});

test("call() keeps each error that using meets: those of the block and of every disposal", async () => {
  const interpreter = await shared();
  const failing = new Function(`return async () => {
    var _stack = [];
    const fail = (text) => { throw new Error(text); };
    try {
      __using(_stack, { [Symbol.dispose]: () => fail("first") });
      __using(_stack, { [Symbol.asyncDispose]: async () => fail("second") }, true);
      fail("block");
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      try {
        await __callDispose(_stack, _error, _hasError);
      } catch ({ name, error, suppressed }) {
        return [name, error.message, suppressed.error.message, suppressed.suppressed.message];
      }
    }
  }`)() as () => Promise<string[]>;
  assert.deepEqual(await interpreter.call(failing), [
    "SuppressedError",
    "first",
    "second",
    "block",
  ]);
  const wrong = new Function("return () => __using([], 1)")() as () => void;
  await assert.rejects(
    interpreter.call(wrong),
    (error: unknown) => error instanceof RunFailedError && error.excinfo.name === "TypeError",
  );
});

test("call() runs a function in which a coverage tool counts", async () => {
  const interpreter = await shared();
  const counted = new Function(`return (n) => {
    cov_1a2b3c4d5().f[0]++;
    cov_1a2b3c4d5().s[0]++;
    return n > 1 ? (cov_1a2b3c4d5().b[0][0]++, "many") : (cov_1a2b3c4d5().b[0][1]++, "one");
  }`)() as (n: number) => string;
  assert.equal(await interpreter.call(counted, 2), "many");
});

test("call() imports as Vite writes it", async () => {
  const interpreter = await shared();
  const imports = new Function(
    'return async () => (await __vite_ssr_dynamic_import__("node:path")).posix.join("a", "b")',
  )() as () => Promise<string>;
  assert.equal(await interpreter.call(imports), "a/b");
});
