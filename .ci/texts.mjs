// The texts that threads are started from where a bundler has put the module into a file of the
// program (src/runtime/inlined.ts): a plugin of esbuild that puts them into the package. Each is
// made as what it stands for, but as a function of what it needs of a module.

import { Buffer } from "node:buffer";
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { root } from "./launch.mjs";

/** What the libraries of src/source/libraries.ts are asked for by. */
const LIBRARIES = ["acorn", "acorn-walk", "@swc/wasm-typescript", "eslint-scope"];

/** The texts by the paths in `src/` of the files that they stand for. */
const SOURCES = {
  "guest/entry.js": { entryPoints: ["src/guest/main.ts"] },
  "source/compiler_entry.js": { entryPoints: ["src/source/compiler_entry.ts"] },
  "source/libraries.js": {
    stdin: {
      contents: LIBRARIES.map((name) =>
        `exports[${JSON.stringify(name)}] = () => require(${JSON.stringify(name)});`
      ).join("\n"),
      resolveDir: root,
    },
  },
};

const OPTIONS = {
  absWorkingDir: root,
  write: false,
  bundle: true,
  platform: "node",
  target: "node20.11",
  // Not the names: errors show them.
  minifyWhitespace: true,
  minifySyntax: true,
  logOverride: { "unsupported-dynamic-import": "silent" },
};

async function textOf(options) {
  const { outputFiles: [file] } = await build({ ...OPTIONS, ...options });
  return file.text;
}

function pack(text) {
  return Buffer.from(gzipSync(text)).toString("base64");
}

async function packed() {
  const bodies = await Promise.all(
    Object.entries(SOURCES).map(async ([path, source]) => {
      const body = await textOf({
        ...source,
        format: "cjs",
        define: { "import.meta.url": "here.url", "import.meta.resolve": "here.resolve" },
        plugins: [WITHOUT_NETWORK],
      });
      return [
        path,
        pack(`(function (require, here, module) { const { exports } = module; ${body}\n})`),
      ];
    }),
  );
  const warden = await textOf({
    entryPoints: ["src/runtime/deno/warden_worker.ts"],
    format: "esm",
  });
  return {
    entry: pack(readFileSync(join(root, "src/guest/entry.js"), "utf8")),
    bodies: { ...Object.fromEntries(bodies), "runtime/deno/warden_worker.js": pack(warden) },
  };
}

/** A package is never loaded from the network as it is. */
const WITHOUT_NETWORK = {
  name: "without network",
  setup(own) {
    own.onLoad({ filter: /[\\/]src[\\/]source[\\/]network_libraries\.ts$/ }, () => ({
      contents: "export const libraries = {};",
    }));
  },
};

/** Puts the texts into src/runtime/texts.ts. */
export const texts = {
  name: "texts of threads",
  setup(own) {
    WITHOUT_NETWORK.setup(own);
    own.onLoad({ filter: /[\\/]src[\\/]runtime[\\/]texts\.ts$/ }, async () => ({
      contents: `export const texts = ${JSON.stringify(await packed())};`,
    }));
  },
};
