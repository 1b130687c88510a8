// The site's frame: its bar, its side bar, search, and drawings that are rendered while it
// is built. The pages themselves are made by ../build.mjs.

import { renderMermaidSVG } from "beautiful-mermaid";
import { readFileSync } from "node:fs";
import { defineConfig } from "vitepress";
import { REPOSITORY } from "../links.mjs";

const read = (name) => JSON.parse(readFileSync(new URL(`../dist/${name}`, import.meta.url)));
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url)));
const sidebar = read("sidebar.json");
const reference = read("pages/reference/typedoc-sidebar.json");

export default defineConfig({
  title: "subinterpreters",
  description: "Run code on all cores, or code that you do not trust, and really stop it",
  lang: "en",
  srcDir: "dist/pages",
  outDir: "dist/html",
  cacheDir: "dist/cache",
  cleanUrls: false,
  lastUpdated: false,
  themeConfig: {
    nav: [
      { text: "Guide", link: "/first-steps" },
      { text: "Reference", link: "/reference/" },
      { text: version, link: "/changelog" },
    ],
    sidebar: {
      "/": sidebar,
      "/reference/": [{ text: "Reference", link: "/reference/", items: reference }],
    },
    outline: [2, 3],
    search: { provider: "local" },
    socialLinks: [{ icon: "github", link: REPOSITORY }],
  },
  // The settings of the project's own compiler say nothing about the site.
  vite: { esbuild: { tsconfigRaw: {} }, build: { chunkSizeWarningLimit: 4_000 } },
  markdown: { config: (markdown) => drawings(markdown) },
});

/** Makes a picture of each block of Mermaid, in the colours of the page, light or dark. */
function drawings(markdown) {
  const { fence } = markdown.renderer.rules;
  markdown.renderer.rules.fence = (tokens, at, ...rest) => {
    const { info, content } = tokens[at];
    if (info.trim() !== "mermaid") return fence(tokens, at, ...rest);
    const svg = renderMermaidSVG(content, {
      bg: "var(--vp-c-bg)",
      fg: "var(--vp-c-text-1)",
      transparent: true,
      font: "inherit",
    });
    // The page loads nothing from elsewhere, so no fonts either. As `v-html` Vue takes the picture
    // as it is: of a picture in a template it says that the page is not what it expects.
    const own = JSON.stringify(svg.replaceAll(/@import url\([^)]*\);?/g, ""));
    return `<div class="drawing" v-html="${markdown.utils.escapeHtml(own)}"></div>`;
  };
}
