// Every way in which source comes to a module of the runtime gives a view of it: these
// compare all views with one, inside an interpreter.

import type { Interpreter } from "subinterpreters";
import { type Runtime, runtime } from "./runtime.ts";

/** Differs without anything having been replaced. */
const OWN: Readonly<Record<Runtime, RegExp>> = {
  deno: /^$/,
  // What `process` has from its prototype, bound to nothing; and a text made anew each time.
  bun: new RegExp(
    "^(module\\.wrapper|process\\.(constructor|emit|eventNames|getMaxListeners|listenerCount|" +
      "listeners|off|rawListeners|removeAllListeners|removeListener|setMaxListeners))$",
  ),
  // `node:domain` replaces it when it loads.
  node: /^process\.setUncaughtExceptionCaptureCallback$/,
};

/** What source finds all names by. */
const NAMES = `(() => {
  const { builtinModules } = process.getBuiltinModule("module");
  // Bun has some that no import finds, and Node one that threads have not.
  return [...new Set([...builtinModules, "node:sqlite", "node:test", "node:sea"])].filter((name) =>
    name !== "trace_events" && process.getBuiltinModule(name) !== undefined);
})()`;

/** Files that import them all, to be put into a folder. */
export async function allViews(interpreter: Interpreter): Promise<Record<string, string>> {
  const names = await interpreter.evaluate<string[]>(NAMES);
  const each = (make: (name: string, index: number) => string) => names.map(make).join("\n");
  return {
    "spaces.mjs": each((name, n) => `import * as m${n} from "${name}";`) +
      `export default { ${names.map((name, n) => `"${name}": m${n}`).join()} };`,
    "defaults.mjs": each((name, n) => `import m${n} from "${name}";`) +
      `export default { ${names.map((name, n) => `"${name}": m${n}`).join()} };`,
    "required.cjs": `module.exports = { ${
      names.map((name) => `"${name}": require("${name}")`).join()
    } };`,
    ...Object.fromEntries(
      names.map((name, n) => [`again${n}.mjs`, `export * from "${name}";`]),
    ),
  };
}

/** Source that gives what differs, as "module.name by way". */
export const VIEWS = (folder: string): string => `
  await (async () => {
    const get = process.getBuiltinModule;
    const Module = get("module");
    const require = Module.createRequire("file:///source.js");
    const at = (file) => ${JSON.stringify(folder)} + "/" + file;
    const spaces = (await import(at("spaces.mjs"))).default;
    const defaults = (await import(at("defaults.mjs"))).default;
    const required = (await import(at("required.cjs"))).default;
    const prefixed = (name) => /^(node|bun):|^bun$/.test(name) ? name : "node:" + name;
    const ways = {
      "import()": (name) => import(name),
      "import() with prefix": (name) => import(prefixed(name)),
      "import() in text": (name) => (0, eval)('import("' + name + '")'),
      "import.defer() in text": (name) => {
        let load;
        try { load = (0, eval)('(name) => import.defer(name)'); } catch { return {}; }
        return load(name);
      },
      "import * in a file": (name) => spaces[name],
      "a default in a file": (name) => defaults[name],
      "export * from a file": (name, n) => import(at("again" + n + ".mjs")),
      "require() in a file": (name) => required[name],
      "createRequire()": (name) => require(name),
      "createRequire() with prefix": (name) => require(prefixed(name)),
      "Module._load()": (name) => Module._load?.(name) ?? {},
      "getBuiltinModule() with prefix": (name) => get(prefixed(name)),
      "getBuiltinModule() of node:module": async (name) => (await import("node:module")).getBuiltinModule?.(name) ?? {},
    };
    const differing = [];
    const names = ${NAMES};
    for (let n = 0; n < names.length; n++) {
      const name = names[n], object = get(name);
      for (const [way, view] of Object.entries(ways)) {
        let seen;
        // Bun has modules of its own that do not bear the prefix; Deno defers files alone.
        try { seen = await view(name, n); } catch (error) { if (/No such built-in|Unsupported scheme "node"/.test(error.message)) continue; throw error; }
        if (seen === null || (typeof seen !== "object" && typeof seen !== "function")) continue;
        for (const key of Object.keys(seen)) {
          if (key === "default" || key === "stdin" || !(key in object)) continue;
          if (Object.is(seen[key], object[key]) || ${OWN[runtime]}.test(name + "." + key)) continue;
          differing.push(name + "." + key + " by " + way);
        }
      }
    }
    return differing;
  })()`;
