// `npm run docs`: makes the site in site/dist/html out of docs/, the documents of the top
// folder, and the docstrings. What it is made of lies in site/dist/pages.
//
// `-- --serve` shows it on a port of this machine afterwards.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { Application } from "typedoc";
import { build, serve } from "vitepress";
import { rewriteLinks, root } from "./links.mjs";
import { sections } from "./sections.mjs";

const site = join(root, "site");
const dist = join(site, "dist");
const target = join(dist, "pages");
/** Documents of the top folder that are pages, too. */
const TOP = ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];

const files = [...readdirSync(join(root, "docs")).map((name) => `docs/${name}`), ...TOP]
  .filter((file) => file.endsWith(".md"));
const pages = new Map(files.map((file) => [file, slug(file)]));

rmSync(dist, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const titles = new Map(files.map((file) => [slug(file), copyPage(file)]));
cpSync(join(site, "index.md"), join(target, "index.md"));
cpSync(join(root, "docs"), target, {
  recursive: true,
  filter: (from) => !/\.[^/]*$/.test(from) || /\.(svg|png)$/.test(from),
});
writeFileSync(join(dist, "sidebar.json"), JSON.stringify(sections(titles)));
await makeReference();
await build(site);
if (process.argv.includes("--serve")) await serve({ root: site });

function slug(file) {
  return file.replace(/^docs\//, "").replace(/\.md$/, "").toLowerCase();
}

/** Copies a document to where VitePress looks for it, and gives its title. */
function copyPage(file) {
  const text = readFileSync(join(root, file), "utf8");
  const title = /^# (.+)$/m.exec(text)?.[1];
  if (title === undefined) throw new Error(`Cannot build the site: ${file} has no title (# …)`);
  writeFileSync(join(target, `${slug(file)}.md`), rewriteLinks(text, file, pages));
  return title.replaceAll("`", "");
}

/** Makes the pages of the API out of the docstrings of what programs import. */
async function makeReference() {
  const { exports } = JSON.parse(readFileSync(join(root, "deno.json"), "utf8"));
  const specifiers = new Map(
    Object.entries(exports).map(([path, file]) => [
      file.replace(/^\.\//, "").replace(/\.ts$/, ""),
      join("subinterpreters", path),
    ]),
  );
  const app = await Application.bootstrapWithPlugins({
    plugin: ["typedoc-plugin-markdown", "typedoc-vitepress-theme"],
    entryPoints: Object.values(exports).map((file) => join(root, file)),
    tsconfig: join(site, "tsconfig.json"),
    out: join(target, "reference"),
    docsRoot: target,
    name: "Reference",
    readme: "none",
    disableSources: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    skipErrorChecking: true,
    logLevel: "Error",
    sidebar: { autoConfiguration: true, collapsed: true },
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("Cannot build the site: TypeDoc read no source");
  // The name of a page is what programs import, not the file.
  for (const entry of project.children) entry.name = specifiers.get(entry.name) ?? entry.name;
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error("Cannot build the site: TypeDoc found errors");
}
