// `npm run check -- installers`: installs the packed package as the package managers do that lay it out in
// ways of their own, and runs one small program there. docs/bundlers.md says for users what is shown here.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { must, pack, run, say } from "./commands.ts";
import { root } from "./launch.mjs";

const MANAGERS = { "@yarnpkg/cli-dist": "4.18.1", pnpm: "9.15.9" };

const PROGRAM = `
import { create } from "subinterpreters";
const interpreter = await create();
await interpreter.run("const n: number = 40; enum E { two = 2 }");
const long = "let a = 0;" + "a += 1 as number;\\n".repeat(400) + "a";
console.log(await interpreter.evaluate("n + E.two"), await interpreter.evaluate(long));
await interpreter.terminate();
`;
const PRINTED = "42 400\n";

const bin = (name: string) => join(root, "node_modules", ".bin", name);
const ON_ALL = {
  node: [process.execPath, "program.mjs"],
  bun: [bin("bun"), "program.mjs"],
  deno: [bin("deno"), "run", "-A", "--node-modules-dir=manual", "program.mjs"],
};

const home = mkdtempSync(join(tmpdir(), "subinterpreters-installers-"));
const manager = (path: string) => [process.execPath, join(home, "node_modules", path)];
const pnpm = manager("pnpm/bin/pnpm.cjs");
const yarn = manager("@yarnpkg/cli-dist/bin/yarn.js");

interface Layout {
  readonly files?: Readonly<Record<string, string>>;
  readonly install: readonly (readonly string[])[];
  readonly runs: Readonly<Record<string, readonly string[]>>;
}

function layoutsOf(tarball: string): Readonly<Record<string, Layout>> {
  const manifest = JSON.stringify({
    private: true,
    dependencies: { subinterpreters: `file:${join(home, tarball)}` },
  });
  return {
    npm: {
      files: { "package.json": manifest },
      install: [["npm", "install", "--silent", "--no-audit", "--no-fund"]],
      runs: ON_ALL,
    },
    "npm link": {
      files: { "package.json": '{ "private": true }' },
      // Of the folder that npm has installed, above.
      install: [[
        "npm",
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--install-links=false",
        join(home, "npm/node_modules/subinterpreters"),
      ]],
      runs: ON_ALL,
    },
    pnpm: {
      files: { "package.json": manifest },
      install: [[...pnpm, "install", "--silent", "--store-dir", join(home, "store")]],
      runs: ON_ALL,
    },
    "yarn, Plug'n'Play": {
      files: {
        "package.json": manifest,
        "yarn.lock": "",
        ".yarnrc.yml": "nodeLinker: pnp\nenableTelemetry: false\nenableGlobalCache: false\n",
      },
      // With `CI` set it would refuse to write its lockfile.
      install: [[...yarn, "install", "--no-immutable"]],
      runs: { node: [...yarn, "node", "program.mjs"] },
    },
  };
}

async function problemsOf(name: string, { files = {}, install, runs }: Layout): Promise<string[]> {
  const folder = join(home, name.replaceAll(/\W+/g, "-"));
  mkdirSync(folder);
  for (const [file, text] of Object.entries({ ...files, "program.mjs": PROGRAM })) {
    writeFileSync(join(folder, file), text);
  }
  const registry = (await must(["npm", "config", "get", "registry"], folder)).trim();
  const variables = { YARN_NPM_REGISTRY_SERVER: registry, YARN_UNSAFE_HTTP_WHITELIST: "*" };
  for (const command of install) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await must(command, folder, variables);
  }
  const problems: string[] = [];
  for (const [runtime, command] of Object.entries(runs)) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { text } = await run(command, folder, variables);
    if (text === PRINTED) say(`✔ ${name} on ${runtime}`);
    else problems.push(`${name} on ${runtime} printed\n${text}`);
  }
  return problems;
}

try {
  const tarball = await pack(home);
  writeFileSync(
    join(home, "package.json"),
    JSON.stringify({ private: true, dependencies: MANAGERS }),
  );
  await must(["npm", "install", "--silent", "--no-audit", "--no-fund"], home);
  for (const [name, layout] of Object.entries(layoutsOf(tarball))) {
    // oxlint-disable-next-line no-await-in-loop -- the second one links what the first has installed
    for (const problem of await problemsOf(name, layout)) {
      say(`✖ ${problem}`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
