// What a sandbox reaches by the modules that the runtime brings along, whether it is isolated
// or not: permissions alone do not close it.

import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { folderWith, LOAD, SESSIONS, takesNoCache } from "../helpers/builtin_attempts.ts";
import { sharing } from "../helpers/interpreter.ts";
import { denied, sandboxTest, withoutSpares } from "../helpers/sandbox.ts";

const free = sharing({ permissions: { sys: true }, isolated: false });

withoutSpares();

sandboxTest("a sandbox that may { sys } connects to no inspector, isolated or not", async () => {
  const interpreter = await free();
  for (const source of SESSIONS) {
    await denied(interpreter, `{ ${source} }`, /is sandboxed|is not a (constructor|function)/);
  }
});

sandboxTest("a sandbox that is not isolated gets no loader hooks, WASI or insides", async () => {
  const interpreter = await free();
  for (
    const source of [
      'process.getBuiltinModule("module").registerHooks({})',
      'const { registerHooks } = await import("node:module"); registerHooks({})',
      'const { register } = await import("module"); register("data:text/javascript,")',
      'const { WASI } = await import("node:wasi"); new WASI({ version: "preview1" })',
      'const { WASI } = await import("NODE:wasi"); new WASI({ version: "preview1" })',
      'new (process.getBuiltinModule("wasi").WASI)({ version: "preview1" })',
      'new (process.getBuiltinModule("module")._load("wasi").WASI)({ version: "preview1" })',
      'const { setFlagsFromString } = await import("node:v8"); setFlagsFromString("--stack-size=1")',
    ]
  ) await denied(interpreter, `{ ${source} }`, /is sandboxed/);
  for (const name of ["internal/net", "internal/dgram", "internal/test/binding"]) {
    const source =
      `process.getBuiltinModule("module").createRequire("file:///source.js")("${name}")`;
    await denied(interpreter, source, /No such built-in module/);
  }
});

sandboxTest(
  "process.loadEnvFile() in a sandbox needs { read }, and sets nothing of the process",
  async (sandbox, t) => {
    const folder = folderWith(t, { "some.env": "SUBINTERPRETERS_LOADED=inside\nPATH=/nowhere\n" });
    const before = { ...process.env };
    const path = join(folder, "some.env");
    await denied(await free(), `process.loadEnvFile(${JSON.stringify(path)})`, /NotCapable/);
    const reader = await sandbox({ permissions: { read: [folder], env: true }, isolated: false });
    assert.match(await reader.evaluate<string>(LOAD(path)), /^inside\|/);
    assert.deepEqual({ ...process.env }, before);
  },
);

sandboxTest(
  "node:vm takes no code cache from source in a sandbox that is not isolated",
  async () => {
    await takesNoCache(await free());
  },
);
