// All that the modules and globals of a runtime offer to source, by name, and which of it is
// refused. exports/ has it as it was read with hostile eyes: a release that brings a new name
// fails here until somebody has thought about it (CONTRIBUTING.md).

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { scoped } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";

const timeout = 60_000;

/** By module, or global object, or class: names in alphabetical order, what is refused with a "!". */
type Exports = Readonly<Record<string, string>>;

const fileOf = (name: string) => new URL(`exports/of_${name}.json`, import.meta.url);
const known = (name: string) => readFileSync(fileOf(name), "utf8");

/** Modules that a runtime may have and not list: what any of them has. */
function candidates(): string[] {
  const all = ["deno", "bun", "node"].filter((name) => existsSync(fileOf(name)))
    .flatMap((name) => Object.keys(JSON.parse(known(name)) as Exports));
  const names = all.filter((name) => /^[a-z_]/.test(name) && !name.includes(" "));
  const plain = names.map((name) => name.replace(/^node:/, ""));
  return [...plain, "ffi", "quic", "sea", "sqlite", "test", "test/reporters"];
}

/** Modules whose classes can do more than others: their methods are listed too. */
const CLASSES = [
  ...["child_process", "inspector", "inspector/promises", "node:sqlite", "bun:sqlite"],
  ...["v8", "vm", "wasi", "worker_threads"],
];

const LIST = (extra: readonly string[]): string => `
  await (async () => {
    const get = process.getBuiltinModule;
    const mark = (owner, key) => {
      const own = Object.getOwnPropertyDescriptor(owner, key);
      return own?.value?.name === "refused" ? key + "!" : key;
    };
    const list = (...owners) => {
      const names = new Set();
      for (const owner of owners) {
        for (const key of Object.getOwnPropertyNames(owner)) names.add(mark(owner, key));
      }
      for (const name of names) if (names.has(name + "!")) names.delete(name);
      return [...names].sort((a, b) => a < b ? -1 : 1).join(" ");
    };
    const classes = new Set(${JSON.stringify(CLASSES)});
    const all = {};
    for (const name of ["globalThis", "Deno", "Bun"]) {
      if (name in globalThis) all[name] = list(globalThis[name]);
    }
    const { builtinModules } = get("module");
    const found = new Set(builtinModules);
    for (const name of ${JSON.stringify(extra)}) {
      const isListed = found.has(name) || found.has("node:" + name);
      try { if (!isListed && get("node:" + name) !== undefined) found.add("node:" + name); } catch {}
    }
    for (const name of [...found].sort()) {
      let module, space;
      try { module = get(name); space = await import(/^(node|bun):|^bun$/.test(name) ? name : "node:" + name); }
      catch {}
      if (module === undefined) { all[name] = "not there"; continue; }
      all[name] = list(module, ...space === undefined ? [] : [{ ...space }]);
      if (!classes.has(name)) continue;
      for (const key of Object.keys(module)) {
        const names = [];
        for (let one = module[key]?.prototype; one && one !== Object.prototype; one = Object.getPrototypeOf(one)) {
          names.push(one);
        }
        if (names.length === 0 || module[key].name === "refused") continue;
        const methods = list(...names);
        if (methods !== "constructor") all[name + " " + key] = methods;
      }
    }
    return JSON.stringify(all);
  })()`;

test("an isolated interpreter has the names that were reviewed, and what is refused is", {
  timeout,
}, async (t) => {
  const interpreter = await scoped(t);
  const seen = await interpreter.evaluate<string>(LIST(candidates()), { timeout });
  const text = `${JSON.stringify(JSON.parse(seen), null, 2)}\n`;
  if (process.env["EXPORTS"] === "write") writeFileSync(fileOf(runtime), text);
  assert.equal(text, known(runtime), "see CONTRIBUTING.md: this runtime has other names");
  const answers = await interpreter.evaluate<string[]>(`
    const owners = { globalThis, Deno: globalThis.Deno, Bun: globalThis.Bun };
    const answers = [];
    for (const [where, names] of Object.entries(${seen})) {
      const [module, key] = where.split(" ");
      for (const name of names.split(" ").filter((one) => one.endsWith("!"))) {
        let owner = owners[module] ?? process.getBuiltinModule(module);
        if (key !== undefined) owner = owner[key].prototype;
        const refused = owner[name.slice(0, -1)] ?? (await import("node:" + module))[name.slice(0, -1)];
        for (const act of [() => refused(), () => new refused(), () => refused.call(owner, 0)]) {
          try { act(); answers.push(where + "." + name); } catch (error) {
            if (!/ is isolated; /.test(error.message)) answers.push(error.message);
          }
        }
      }
    }
    answers`);
  assert.deepEqual(answers, []);
});
