// Rows of docs/enforcement.md about what the runtimes' built-in modules give to source.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import {
  type Guarantee,
  isRefused,
  withFolder,
  within,
  withinShared,
} from "../helpers/attempts.ts";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

/** Of a sandbox. */
export const ofSandboxes: readonly Guarantee[] = [{
  section: "Permissions",
  guarantee: "A sandbox has no loader hooks, WASI or debugger, isolated or not",
  observe: () =>
    within({ permissions: "none", isolated: false }, async (interpreter) => {
      for (
        const source of [
          'process.getBuiltinModule("module").registerHooks({});',
          'import { WASI } from "node:wasi"; new WASI({ version: "preview1" });',
          'import { Session } from "node:inspector"; new Session().connect();',
        ]
      ) {
        const seen = await isRefused(interpreter.run(source));
        if (seen !== "enforced") return seen;
      }
      return "enforced";
    }),
}];

/** Of an isolated interpreter. */
export const ofIsolated: readonly Guarantee[] = [{
  section: "Isolation (the default)",
  guarantee: "It takes no SIGINT from the process (`breakOnSigint` of `node:vm`)",
  async observe() {
    const { code, signal, timedOut } = await spawnScript(
      `
      import { create, createChannel } from "subinterpreters";
      const [begun, begin] = createChannel();
      const interpreter = await create();
      void interpreter.run(\`
        process.getBuiltinModule("vm").runInThisContext(
          "begin.sendNowait(1); for (;;);", { breakOnSigint: true })\`, { channels: { begin } })
        .catch(() => {});
      await begun.recv();
      console.log("busy");
      await begun.recv();`,
      { signalAfter: { text: "busy", signal: "SIGINT" } },
    );
    return !timedOut && (code === 130 || signal === "SIGINT") ? "enforced" : "not enforced";
  },
}, {
  section: "Isolation (the default)",
  guarantee: "It runs no code with more powers in another realm of its thread",
  observe: () =>
    withinShared("plain", async (interpreter) => {
      const kinds = await interpreter.evaluate<string>(
        `const { runInNewContext } = process.getBuiltinModule("vm");
        typeof ShadowRealm + runInNewContext("typeof ShadowRealm + typeof process + typeof Worker")`,
      );
      return kinds === "undefined".repeat(4) ? "enforced" : "not enforced";
    }),
}, {
  section: "Isolation (the default)",
  guarantee: "`process.loadEnvFile()` sets its own variables alone",
  observe: () =>
    withinShared("plain", (interpreter) =>
      withFolder(async (folder) => {
        const file = join(folder, "some.env");
        writeFileSync(file, "SUBINTERPRETERS_LOADED=inside");
        await interpreter.run(`process.loadEnvFile(${JSON.stringify(file)});`);
        return process.env["SUBINTERPRETERS_LOADED"] === undefined ? "enforced" : "not enforced";
      })),
}, {
  section: "Isolation (the default)",
  guarantee: "The `env` of an interpreter that it creates starts no code before the source",
  observe: () =>
    withinShared("plain", (interpreter) =>
      withFolder(async (folder) => {
        const [file, mark] = [join(folder, "first.cjs"), join(folder, "ran")];
        writeFileSync(file, `require("fs").writeFileSync(${JSON.stringify(mark)}, "");`);
        await interpreter.run(`
          const { create } = await import("subinterpreters");
          const options = "--require " + ${JSON.stringify(file)};
          const inner = await create({ env: { NODE_OPTIONS: options, BUN_OPTIONS: options } });
          await inner.run("1");
          await inner.close();`);
        return existsSync(mark) ? "not enforced" : "enforced";
      })),
}, {
  section: "Isolation (the default)",
  guarantee: "What it is refused, named exports of built-in modules refuse too",
  async observe() {
    const before = process.cwd();
    const seen = await withinShared("plain", async (interpreter) => {
      const results = await interpreter.evaluate<string>(`
        import { spawnSync } from "node:child_process";
        import { setPriority } from "node:os";
        import { chdir } from "node:process";
        import { createContext, runInContext } from "node:vm";
        [
          ...[() => spawnSync("true"), () => setPriority(0, 0), () => chdir("/")].map((act) => {
            try { act(); return "done"; } catch (error) { return error.name; }
          }),
          runInContext("typeof ShadowRealm", createContext({})),
        ].join()`);
      const refused = "InterpreterError,".repeat(3) + "undefined";
      return results === refused ? "enforced" : "not enforced";
    });
    process.chdir(before);
    return seen;
  },
}, {
  section: "Isolation (the default)",
  guarantee: "It connects to no debugger, its own neither (`node:inspector`)",
  observe: () =>
    // Bun's of a thread is a profiler of that thread.
    runtime === "bun"
      ? Promise.resolve("does not apply")
      : withinShared("plain", (interpreter) =>
        isRefused(interpreter.run(`
        const { Session } = process.getBuiltinModule("inspector");
        const session = new Session();
        session.connect();
        session.post("Debugger.enable");`))),
}, {
  section: "Isolation (the default)",
  guarantee: "It loads no native code by SQLite",
  observe: () =>
    withinShared(
      "plain",
      async (interpreter) =>
        await interpreter.evaluate('process.getBuiltinModule("node:sqlite") === undefined')
          ? "does not apply"
          : await isRefused(interpreter.run(`
          const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
          const open = new DatabaseSync(":memory:", { allowExtension: true });
          let owner = DatabaseSync.prototype;
          for (let one = owner; one !== null; one = Object.getPrototypeOf(one)) {
            if (Object.hasOwn(one, "loadExtension")) owner = one;
          }
          owner.loadExtension.call(open, "/nowhere");`)),
    ),
}, {
  section: "Isolation (the default)",
  guarantee: "It hands no code cache to `node:vm` (`cachedData`)",
  observe: () =>
    withinShared("plain", async (interpreter) =>
      await interpreter.evaluate(`
        const { Script } = process.getBuiltinModule("vm");
        const cachedData = new Script("1").createCachedData();
        new Script("1", { cachedData }).cachedDataRejected`)
        ? "enforced"
        : "not enforced"),
}];
