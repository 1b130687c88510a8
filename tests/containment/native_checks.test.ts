// Calls of native functions that ended the whole process: each was found by calling
// everything that a runtime offers with odd receivers and arguments.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const RUN = `process.getBuiltinModule("async_hooks").AsyncResource.prototype.runInAsyncScope`;
const CRYPTO = `process.getBuiltinModule("crypto")`;

/** Calls, and what each gives. */
const CALLS: Readonly<Record<typeof runtime, readonly (readonly [call: string, said: string])[]>> =
  {
    node: [
      [`${RUN}.call({}, () => 1)`, "TypeError"],
      [`${RUN}.call(Object.create(null), () => 1)`, "TypeError"],
      [
        `const { AsyncResource } = process.getBuiltinModule("async_hooks");
      const one = new AsyncResource("x");
      for (const key of Object.getOwnPropertySymbols(one)) try { one[key] = NaN } catch {}
      one.runInAsyncScope(() => 1)`,
        "TypeError",
      ],
      [
        `const { AsyncResource } = process.getBuiltinModule("async_hooks");
      new AsyncResource("x").runInAsyncScope((n) => n + 1, null, 4)`,
        "5",
      ],
      [`${CRYPTO}.getCipherInfo(-0)`, "undefined"],
      [
        `import { getCipherInfo } from "node:crypto"; getCipherInfo(-0, { keyLength: -0 })`,
        "undefined",
      ],
      [`${CRYPTO}.getCipherInfo("aes-128-cbc").keyLength`, "16"],
      [`${CRYPTO}.createDiffieHellman(-0)`, "Error"],
      [`new (${CRYPTO}.DiffieHellman)(-0)`, "Error"],
      [`process.getBuiltinModule("os").getPriority(-0) >= -20`, "true"],
      [`process.getBuiltinModule("_http_common").HTTPParser()`, "TypeError"],
      [`new (Object.getPrototypeOf(${CRYPTO}.KeyObject))()`, "TypeError"],
      [`Reflect.construct(Object.getPrototypeOf(${CRYPTO}.KeyObject), [{}], Object)`, "TypeError"],
      [`${CRYPTO}.createSecretKey(Buffer.alloc(8)).symmetricKeySize`, "8"],
      [
        `const one = await process.getBuiltinModule("fs").promises.open("/dev/null");
      new one.constructor(1)`,
        "Error",
      ],
    ],
    deno: [
      ["DOMRect.call(Object.create(null))", "TypeError"],
      ["DOMQuad()", "TypeError"],
      ["DOMMatrix.call(Object.create(null))", "TypeError"],
      ["DOMPoint.prototype.constructor.call({})", "TypeError"],
      ["Reflect.apply(DOMRectReadOnly, undefined, [1, 2])", "TypeError"],
      ["new DOMRect(1, 2, 3, 4).width", "3"],
      ["class Point extends DOMPoint {} new Point(1, 2).y", "2"],
    ],
    bun: [
      [`${RUN}.call({}, () => 1)`, "TypeError"],
      [`${CRYPTO}.getCipherInfo(-0)`, "undefined"],
    ],
  };

test("native calls with a wrong receiver or argument leave the process alive", {
  timeout: 60_000,
}, async () => {
  for (const permissions of runtime === "deno" ? ["inherit", "none"] : ["inherit"]) {
    const { code, stdout, stderr } = await spawnScript(`
      import { create } from "subinterpreters";
      const calls = ${JSON.stringify(CALLS[runtime])};
      const interpreter = await create({
        permissions: ${JSON.stringify(permissions)},
        isolated: ${permissions === "inherit"},
      });
      for (const [call, expected] of calls) {
        const said = await interpreter.evaluate(call).then(String, ({ excinfo }) => excinfo.name);
        if (said !== expected) console.log(call, said);
      }
      console.log("alive");`);
    assert.deepEqual([code, stdout], [0, "alive\n"], stderr);
  }
});
