// The declaration files of the npm package: those alone that its doors lead to. They name classes
// of the platform (platform.d.ts), which not every program has types of.

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./launch.mjs";

const PLATFORM = "src/platform.d.ts";
/** What a line of code imports; lines of comments have examples. */
const IMPORTED = /^(?!\s*\*)(.*(?:from |import |import\()"\.[^"]+)\.[tj]s"/gm;
const SPECIFIER = /^(?!\s*\*).*?(?:from |import |import\()"(\.[^"]+)"/gm;

/**
 * Removes what no door leads to, and says at each door which names of the platform are meant.
 *
 * @param folder Where the compiler has written them.
 * @param doors What users import, as paths of JavaScript in that folder.
 */
export function finishDeclarations(folder, doors) {
  // The compiler takes types that are written by hand as they are, and copies none.
  cpSync(join(root, "src/door.d.ts"), join(folder, "src/door.d.ts"));
  const kept = new Set();
  for (const door of doors) keep(join(folder, door), kept);
  for (const file of filesIn(folder, ".d.ts")) {
    if (kept.has(file)) continue;
    rmSync(file);
    rmSync(`${file}.map`, { force: true });
  }
  cpSync(join(root, ".ci/platform.d.ts"), join(folder, PLATFORM));
  for (const door of doors) {
    const file = declarationsOf(join(folder, door));
    const path = `${"../".repeat(door.split("/").length - 1) || "./"}${PLATFORM}`;
    prepend(file, `/// <reference path="${path}" />\n`);
    // One line further down in the map, too.
    const map = JSON.parse(readFileSync(`${file}.map`, "utf8"));
    writeFileSync(`${file}.map`, JSON.stringify({ ...map, mappings: `;${map.mappings}` }));
  }
}

function prepend(file, text) {
  writeFileSync(file, text + readFileSync(file, "utf8"));
}

function keep(script, kept) {
  const file = declarationsOf(script);
  if (kept.has(file) || !existsSync(file)) return;
  kept.add(file);
  // As the compiler leaves them, with the endings of the sources, not every tool follows them.
  const text = readFileSync(file, "utf8").replaceAll(IMPORTED, '$1.js"');
  writeFileSync(file, text);
  for (const [, specifier] of text.matchAll(SPECIFIER)) keep(join(dirname(file), specifier), kept);
}

const declarationsOf = (script) => script.replace(/\.js$/, ".d.ts");

/** The paths of all files in a folder whose names end so. */
export function filesIn(folder, ending) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file));
}
