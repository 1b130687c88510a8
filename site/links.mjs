// Links of the documents are those of the repository, so that they work on GitHub too. Here
// they become links of the site: to a page, if the file is one, else to the file on GitHub.

import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";

export const REPOSITORY = "https://github.com/subinterpreters/subinterpreters";
export const root = fileURLToPath(new URL("..", import.meta.url));

/** What stands between the round brackets of a link or picture. */
const TARGET = /(?<=!?\[(?:[^\]\\]|\\.)*\]\()[^)\s]+(?=\))/g;
const BLOCK = /^(`{3,})[^\n]*\n[\s\S]*?^\1[ \t]*$/gm;

/**
 * Rewrites the links of a document, but none in its code.
 *
 * @param file Where the document is in the repository; its links start there.
 * @param pages The page of each file that is one.
 */
export function rewriteLinks(text, file, pages) {
  const rewrite = (part) => part.replaceAll(TARGET, (to) => target(to, file, pages));
  let rewritten = "";
  let at = 0;
  for (const { 0: block, index } of text.matchAll(BLOCK)) {
    rewritten += rewrite(text.slice(at, index)) + block;
    at = index + block.length;
  }
  return rewritten + rewrite(text.slice(at));
}

function target(to, file, pages) {
  if (/^([a-z]+:|#|\/)/.test(to)) return to;
  const [path, anchor] = to.split("#");
  const found = posix.join(posix.dirname(file), path).replace(/\/$/, "");
  if (!existsSync(join(root, found))) {
    throw new Error(`Cannot build the site: ${file} links to ${to}, and there is no such file`);
  }
  const hash = anchor === undefined ? "" : `#${anchor}`;
  if (pages.has(found)) return `/${pages.get(found)}.md${hash}`;
  // Pictures lie beside the pages, in the same folders as in docs/.
  if (/^docs\/.*\.(svg|png)$/.test(found)) return `./${posix.relative("docs", found)}`;
  return `${REPOSITORY}/blob/main/${found}${hash}`;
}
