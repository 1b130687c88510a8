// The TypeScript that the maps of the npm package name, copied into it: a debugger shows it, and an
// editor goes to it. It lies below `src/`, because by that folder the module knows which frames of
// a stack are its own. It does not lie beside the declarations, where compilers would take it.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { filesIn } from "./declarations.mjs";
import { root } from "./launch.mjs";

const SOURCES = "src/ts";

/** Copies the sources, and lets every map name the copies. */
export function bringSources(folder) {
  const brought = new Set();
  for (const file of filesIn(folder, ".map")) {
    const map = JSON.parse(readFileSync(file, "utf8"));
    const sources = map.sources.map((source) => {
      const path = relative(root, resolve(dirname(file), map.sourceRoot ?? "", source));
      brought.add(path);
      return relative(dirname(file), join(folder, SOURCES, path)).replaceAll("\\", "/");
    });
    writeFileSync(file, JSON.stringify({ ...map, sourceRoot: undefined, sources }));
  }
  for (const path of brought) cpSync(join(root, path), join(folder, SOURCES, path));
}
