// package.json and deno.json describe one package, and the package that npm gets works
// without anything of the checkout.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { VERSION } from "subinterpreters/src/api/first_copy.ts";
import { runtime } from "../helpers/runtime.ts";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

const read = async (file: string) =>
  JSON.parse(await readFile(join(root, file), "utf8")) as Manifest;

test("package.json and deno.json agree on name, version, licence and exports", async () => {
  const [npm, jsr] = await Promise.all([read("package.json"), read("deno.json")]);
  assert.equal(jsr.name, `@${npm.name}/${npm.name}`);
  assert.equal(jsr.version, npm.version);
  assert.equal(VERSION, npm.version, "by which copies of the module know each other");
  assert.equal(jsr.license, npm.license);
  const built = (file: string, ending: string) =>
    file.replace("./", "./dist/").replace(/\.ts$/, ending);
  assert.deepEqual(
    npm.exports,
    Object.fromEntries(
      Object.entries(jsr.exports as Record<string, string>).map(([door, file]) => [
        door,
        { types: built(file, ".d.ts"), default: built(file, ".js") },
      ]),
    ),
  );
});

test("the built package runs without the checkout", { timeout: 90_000 }, async (t) => {
  const folder = await installed(t);
  await writeFile(
    join(folder, "plugin.js"),
    `import { SendChannel } from "subinterpreters";
    export const { name } = SendChannel;
    export const isOne = (value) => value instanceof SendChannel;`,
  );
  const printed = await runIn(
    folder,
    `import { create, createChannel } from "subinterpreters";
    import "subinterpreters/actors";
    import { make } from "subinterpreters/effect";
    const [recv, send] = createChannel();
    const interpreter = await create();
    await interpreter.run(
      \`import { isOne, name } from "./plugin.js";
      let n: number = 20;
      send.sendNowait({ n, [name]: isOne(send) })\`,
      { channels: { send } },
    );
    console.log(JSON.stringify(await recv.recv()), await interpreter.evaluate("n * 2 + 2"), typeof make);
    console.log(await interpreter.evaluate("var long: number = 7;".repeat(300) + "long"));`,
  );
  assert.deepEqual(printed.stdout, '{"n":20,"SendChannel":true} 42 function\n7\n');
  assert.equal(printed.stderr, "");
});

test("run() of long source says that nothing can compile it, if a file of the package is gone", {
  timeout: 90_000,
}, async (t) => {
  const folder = await installed(t);
  await rm(join(folder, "node_modules/subinterpreters/dist/src/source/compiler_entry.js"));
  const { stdout } = await runIn(
    folder,
    `import { create } from "subinterpreters";
    const interpreter = await create();
    for (const type of ["number", "any"]) {
      const error = await interpreter.run(\`var long: \${type};\`.repeat(300)).catch((error) => error);
      console.log(error.name, /thread that compiles/.test(error.message), error.cause instanceof Error);
    }
    console.log(interpreter.isRunning(), await interpreter.evaluate("6 * 7"));`,
  );
  assert.equal(stdout, "InterpreterError true true\n".repeat(2) + "false 42\n");
});

test("create(), createSync() and run() end with the cause, if a file of the package is gone", {
  timeout: 120_000,
}, async (t) => {
  const folder = await installed(t);
  const { stdout } = await runIn(
    folder,
    `import { create, createSync } from "subinterpreters";
    import { rename } from "node:fs/promises";
    const source = "node_modules/subinterpreters/dist/src/";
    const without = async (file, act) => {
      await rename(source + file, source + file + ".gone");
      const end = await act().then(() => "nothing", (error) =>
        [error.name, error.message.includes("external") ? error.message : error.cause?.message]);
      await rename(source + file + ".gone", source + file);
      console.log(file, JSON.stringify(end));
    };
    await without("guest/entry.js", () => create());
    await without("guest/bundle.js", () => createSync().run("1"));
    await without("runtime/deno/warden_worker.js", () => create({ permissions: {} }));
    // A host that blocks hears of no end: it waits for a minute of its own clock.
    const now = performance.now.bind(performance);
    performance.now = () => 60 * now();
    await without("guest/entry.js", async () => createSync());
    await without("guest/bundle.js", async () => createSync().runSync("1"));
    await without("runtime/deno/warden_worker.js", async () => createSync({ permissions: {} }));
    console.log(await (await create()).evaluate("6 * 7"));`,
  );
  const slow = '"it did not load within 60000 ms"';
  const [entry, bundle, warden, ...blocked] = stdout.trimEnd().split("\n");
  assert.match(entry ?? "", /^guest\/entry.js \["UnsupportedError",".*guest\/entry.js.* external/);
  assert.match(bundle ?? "", /^guest\/bundle.js \["InterpreterTerminatedError",".*bundle.js/);
  const unsupported = 'runtime/deno/warden_worker.js ["UnsupportedError",null]';
  if (runtime === "deno") {
    assert.match(warden ?? "", /^runtime\S* \["InterpreterError",".*deno\/warden_worker.js/);
  } else assert.equal(warden, unsupported);
  assert.deepEqual(blocked, [
    `guest/entry.js ["InterpreterError",${slow}]`,
    `guest/bundle.js ["InterpreterTerminatedError",${slow}]`,
    runtime === "deno" ? `runtime/deno/warden_worker.js ["InterpreterError",${slow}]` : unsupported,
    "42",
  ]);
});

test("source in an installed package imports and resolves names as the program does", {
  timeout: 90_000,
}, async (t) => {
  const folder = await installed(t);
  const files = {
    "deno.json": '{ "imports": { "#mapped": "./mapped.js" } }',
    "mapped.js": "export default 1;",
    "typed.mts": "export enum E { seven = 7 } export namespace N { export const eight = 8 }",
    "typed.cts": "enum E { nine = 9 } module.exports = { E };",
  };
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  const manifest = join(folder, "package.json");
  await writeFile(
    manifest,
    JSON.stringify({
      ...JSON.parse(await readFile(manifest, "utf8")),
      imports: { "#mapped": "./mapped.js" },
    }),
  );
  const { stdout } = await runIn(
    folder,
    `import { create } from "subinterpreters";
    const interpreter = await create();
    const show = async (source) => console.log(
      await interpreter.evaluate(source).catch(({ excinfo }) => excinfo.message),
    );
    await show('(await import("#mapped")).default');
    await show('import.meta.resolve("#mapped").endsWith("/mapped.js")');
    await show('const { E, N } = await import("./typed.mts"); E.seven + N.eight');
    await show('(await import("./typed.cts")).default.E.nine');
    await show('await import("no-such-package")');
    await show('import.meta.resolve("no-such-package")');`,
  );
  const [mapped, resolved, mts, cts, ...missing] = stdout.trimEnd().split("\n");
  assert.deepEqual([mapped, resolved, mts, cts], ["1", "true", "15", "9"]);
  assert.equal(missing.length, 2);
  for (const message of missing) {
    assert.match(message, /^Cannot import "no-such-package": there is no such module for file:/);
    assert.doesNotMatch(message, /guest|bundle/);
  }
});

test("a parser that is not installed is named, and no fault of the source", async (t) => {
  const folder = await installed(t);
  for (const [missing, source] of [["acorn", "1 + 1"], ["@swc/wasm-typescript", "let n: 1"]]) {
    const place = join(folder, "node_modules", missing ?? "");
    const target = await readlink(place);
    await rm(place);
    const { stdout } = await runIn(
      folder,
      `import { create } from "subinterpreters";
      const interpreter = await create();
      const error = await interpreter.run(${JSON.stringify(source)}).catch((error) => error);
      console.log(error.name, error.message);
      await interpreter.close();`,
    );
    const expected = `InterpreterError Cannot read source: the package ${missing}, which `;
    assert.ok(stdout.startsWith(expected), stdout);
    await symlink(target, place, "junction");
  }
});

/** A folder in which the built package is installed. */
async function installed(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "subinterpreters-built-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { name, dependencies } = await read("package.json");
  const modules = join(folder, "node_modules");
  // As `npm install` would leave it: what package.json lists in `files`, and the dependencies.
  // The runner has built it; `deno test` and the like alone have not.
  const built = process.env["SUBINTERPRETERS_BUILT"];
  if (built === undefined) {
    await execute("node", [join(root, ".ci/build.mjs"), "--to", join(modules, name, "dist")]);
  } else {
    await mkdir(join(modules, name), { recursive: true });
    await cp(join(built, "dist"), join(modules, name, "dist"), { recursive: true });
  }
  await cp(join(root, "package.json"), join(modules, name, "package.json"));
  for (const dependency of Object.keys(dependencies)) {
    await mkdir(dirname(join(modules, dependency)), { recursive: true });
    await symlink(join(root, "node_modules", dependency), join(modules, dependency), "junction");
  }
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ type: "module", dependencies: { [name]: "*" } }),
  );
  return folder;
}

/** Runs a program in the folder, on the runtime that the test runs on. */
async function runIn(folder: string, program: string): Promise<{ stdout: string; stderr: string }> {
  await writeFile(join(folder, "main.js"), program);
  const deno = ["run", "-A", "--node-modules-dir=manual", "--unstable-worker-options"];
  const flags = { deno, bun: [], node: [] }[runtime];
  return await execute(process.execPath, [...flags, "main.js"], {
    cwd: folder,
    env: {
      ...process.env,
      NO_COLOR: "1",
      DENO_NO_PROMPT: "1",
      FORCE_COLOR: undefined,
      NODE_OPTIONS: "",
    },
  });
}

test("the npm package has no file of the tests", async () => {
  const { files } = await read("package.json") as unknown as { readonly files: string[] };
  assert.deepEqual(files, ["dist", "CHANGELOG.md"]);
  const included = (await readdir(root)).filter((file) => /^(readme|licen[cs]e)/i.test(file));
  assert.equal(included.length, 2, "npm adds README and LICENSE by itself");
});
