// Modules that the runtime loads when they are first asked for. Deno aborts the process if
// the evaluation of one is cut short, so an interpreter has them all before source runs. In
// processes of their own: what goes wrong here takes the whole process along. What is left to
// chance is tried most often on Deno.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { runtime } from "../helpers/runtime.ts";
import { randomFrom, seeded } from "../helpers/seed.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const MINUTES = 60_000;
const isLong = process.env["STRESS"] === "1";

/** Every module by every way, in an order that differs each time. */
const LOADER = `
  const { builtinModules, createRequire } = process.getBuiltinModule("module");
  const require = createRequire(import.meta.url);
  const attempt = (load) => {
    try { return load(); } catch {}
  };
  const ways = [
    (name) => process.getBuiltinModule(name),
    (name) => require(name),
    (name) => import(name).catch(() => {}),
    () => { for (const key of Reflect.ownKeys(globalThis)) attempt(() => globalThis[key]); },
  ];
  const names = ["inspector/promises", ...builtinModules]
    .map((name) => name.startsWith("node:") || name.startsWith("bun:") ? name : "node:" + name)
    // These take what the tests print and read.
    .filter((name) => !/repl|test|wasi|bun/.test(name));`;

/** Breaks an object of the runtime, so that source runs in the middle of loading another. */
const breaking = (name: string, key: string, body: string): string => `
  const broken = process.getBuiltinModule("${name}");
  Object.defineProperty(broken, "${key}", {
    get() { ${body} }, enumerable: true, configurable: true,
  });`;

/** Each but the last ended the process on Deno 2.9 when modules were loaded on demand. */
const HOSTILE: Readonly<Record<string, string>> = {
  "a getter that throws": `${
    breaking("util", "another", "throw new Error()")
  } await import("node:util").catch(() => {});`,
  "a getter that throws, on worker_threads": `${
    breaking("worker_threads", "another", "throw new Error()")
  } await import("node:worker_threads").catch(() => {});`,
  "a getter that loops": `${breaking("fs", "readFile", "for (;;);")} await import("node:fs");`,
  "a getter that fills the heap": `const kept = []; ${
    breaking("fs", "readFile", "for (;;) kept.push({ x: [1, 2, 3] });")
  } await import("node:fs");`,
  "a timeout of node:vm": `${breaking("fs", "readFile", "for (;;);")}
    const vm = process.getBuiltinModule("vm");
    const importModuleDynamically = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    try {
      vm.runInThisContext('import("node:fs")', { timeout: 50, importModuleDynamically });
    } catch {}`,
  "setters on Object.prototype": `
    const keys = ["_events", "_read", "_write", "_send", "Agent", "close", "createConnection"];
    for (const key of [...keys, "end", "exports", "globalAgent", "inherits", "on", "pipe", "write"]) {
      Object.defineProperty(Object.prototype, key, { __proto__: null, set() { for (;;); } });
    }
    for (const name of process.getBuiltinModule("module").builtinModules) {
      await import(name.startsWith("node:") ? name : "node:" + name).catch(() => {});
    }`,
  "the end of the stack": `
    const sink = () => {
      try {
        sink();
      } catch {
        for (const name of ["http2", "repl", "url", "util", "worker_threads", "zlib"]) {
          try { void import("node:" + name).catch(() => {}); } catch {}
        }
      }
    };
    sink();`,
};

for (const [name, source] of Object.entries(HOSTILE)) {
  test(`${name} while a module of the runtime loads ends no process`, {
    timeout: 60_000,
  }, async () => {
    const { code, stdout, stderr } = await spawnScript(
      `import { create } from "subinterpreters";
      for (const [onTimeout, isolated] of [["terminate", true], ["interrupt", true], ["terminate", false]]) {
        const hostile = await create({ isolated, stdout: "ignore", stderr: "ignore" });
        await hostile.run(${JSON.stringify(source)}, { timeout: 150, onTimeout }).catch(() => {});
        await hostile.terminate().catch(() => {});
      }
      const another = await create();
      console.log("survived", await another.evaluate("1 + 1"));
      await another.terminate();`,
      { timeoutMs: 55_000 },
    );
    assert.deepEqual([code, stdout], [0, "survived 2\n"], stderr);
  });
}

test("terminate() while source loads modules in a loop harms nobody", {
  timeout: 30 * MINUTES,
}, async () => {
  const { seed, numRuns } = seeded({ numRuns: isLong ? 2_000 : runtime === "deno" ? 32 : 12 });
  const source = `${LOADER}
    for (let n = 0;; n++) {
      const name = names[Math.floor(Math.random() * names.length)];
      const loaded = attempt(() => ways[(n + Number(way)) % ways.length](name));
      if (n % 4 === 3) await loaded;
    }`;
  // Forty to a process, or a panic of the last would cost all.
  for (let left = numRuns; left > 0; left -= 40) {
    const { code, stdout, stderr } = await spawnScript(
      `import { create, listAll } from "subinterpreters";
      import process from "node:process";
      let state = Number(process.env.SEED);
      const random = () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
      };
      for (let n = 0; n < ${Math.min(left, 40)}; n++) {
        const victim = await create({ isolated: n % 4 > 0, stdout: "ignore", stderr: "ignore" });
        const running = victim.run("const way = " + n + ";" + ${JSON.stringify(source)})
          .catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, random() * 60));
        await victim.terminate();
        await running;
      }
      console.log("survived", listAll().length);`,
      { env: { SEED: String((seed + left) >>> 0) }, timeoutMs: 4 * MINUTES },
    );
    assert.deepEqual([code, stdout], [0, "survived 1\n"], stderr);
  }
});

test(
  "a program that ends while its threads load ends well",
  { timeout: 10 * MINUTES },
  async () => {
    const { seed, numRuns } = seeded({ numRuns: isLong ? 200 : runtime === "deno" ? 8 : 3 });
    const random = randomFrom(seed);
    for (let n = 0; n < numRuns; n++) {
      const { code, stdout, stderr } = await spawnScript(
        `import { configure, create } from "subinterpreters";
      configure({ spares: ${n % 2} });
      await Promise.all([create(), create(), create()]);
      setTimeout(() => console.log("end"), ${Math.floor(random() * 60)});`,
      );
      assert.deepEqual([code, stdout], [0, "end\n"], stderr);
    }
  },
);

test(
  "a thread that is killed while it loads ends no process",
  { timeout: 5 * MINUTES },
  async () => {
    const { seed, numRuns } = seeded({ numRuns: isLong ? 1_000 : runtime === "deno" ? 40 : 10 });
    const { code, stdout, stderr } = await spawnScript(
      `import process from "node:process";
      import { adapter } from "subinterpreters/src/runtime/detect.ts";
      import { DIRECT, kindOf, spareBoot } from "subinterpreters/src/host/life/kinds.ts";
      const kind = kindOf(undefined, DIRECT);
      const alive = setInterval(() => {}, 1_000);
      let state = Number(process.env.SEED);
      for (let n = 0; n < ${numRuns}; n++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        const thread = adapter.spawn({ ...kind, boot: spareBoot(kind), onEnd: () => {} });
        thread.port.listen(() => {});
        await new Promise((resolve) => setTimeout(resolve, state / 2 ** 32 * 150));
        await thread.terminate();
      }
      clearInterval(alive);
      console.log("survived");`,
      { env: { SEED: String(seed) }, isTyped: true, timeoutMs: 4 * MINUTES },
    );
    assert.deepEqual([code, stdout], [0, "survived\n"], stderr);
  },
);

test("nothing is left to be loaded when source runs, isolated or not", {
  timeout: 60_000,
}, async () => {
  const source = `${LOADER}
    for (const way of ways) for (const name of names) await attempt(() => way(name));
    for (const key of Reflect.ownKeys(globalThis.Deno ?? {})) attempt(() => Deno[key]);
    const get = (name) => process.getBuiltinModule(name);
    attempt(() => process.stdout);
    attempt(() => navigator.gpu);
    attempt(() => get("stream").Duplex.from([]).destroy());
    attempt(() => get("stream").Readable.from([]).destroy());
    attempt(() => get("path").matchesGlob("a", "*"));
    attempt(() => get("crypto").createHash("sha256"));
    attempt(() => require("internal/repl"));`;
  const { code, stdout, stderr } = await spawnScript(
    // The program itself reads files when a kill takes long: it has loaded what that takes.
    `import "node:fs";
    import { create } from "subinterpreters";
    const both = await Promise.all([true, false].map((isolated) =>
      create({ isolated, stdout: "ignore", stderr: "ignore" })
    ));
    for (const interpreter of both) await interpreter.run("1");
    console.error("loaded");
    for (const interpreter of both) {
      await interpreter.run(${JSON.stringify(source)});
      await interpreter.terminate();
    }
    console.log("done");`,
    { env: { DENO_LOG_LAZY_LOAD: "1" }, timeoutMs: 55_000 },
  );
  assert.deepEqual([code, stdout], [0, "done\n"], stderr);
  const [before = "", after = ""] = stderr.split("loaded\n");
  // Deno tells what it loads; if it no longer did, the next line would prove nothing.
  assert.equal(before.includes("lazy_esm"), runtime === "deno");
  assert.deepEqual(after.match(/.*lazy_esm.*/g) ?? [], []);
});
