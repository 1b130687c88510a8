// The built site in a headless Chromium: each page loads without an error and fits a telephone,
// the bar leads to the guide, and search finds a function. Pictures of some pages are kept.

import { createReadStream, existsSync, readdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join, normalize } from "node:path";
import { type Browser, type Page } from "playwright-core";
import { isTooWide, LOOKS, openPage, startBrowser } from "./browser.ts";
import { root } from "./launch.mjs";

const HTML = join(root, "site", "dist", "html");
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};
/** Looked at in all sizes and colours, with pictures. */
const SHOWN = ["first-steps", "how-it-works", "enforcement", "piscina"];

/**
 * What is wrong with the built site; nothing if all is well.
 *
 * @param pictures The folder for the pictures.
 */
export async function lookAtSite(pictures: string): Promise<string[]> {
  const server = await serve();
  const browser = await startBrowser();
  try {
    return [
      ...await lookAtEach(browser, urlOf(server)),
      ...await show(browser, urlOf(server), pictures),
      ...await search(browser, urlOf(server)),
    ];
  } finally {
    await browser.close();
    server.close();
  }
}

/** Loads every page in a narrow window: nothing fails, nothing is wider than it, no link is dead. */
async function lookAtEach(browser: Browser, url: string): Promise<string[]> {
  const { page, problems } = await openPage(browser, {
    viewport: { width: 380, height: 800 },
    colorScheme: "light",
  });
  const found: string[] = [];
  let seen = 0;
  const anchors = new Map<string, ReadonlySet<string>>();
  const links: [string, string][] = [];
  for (const file of readdirSync(HTML, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".html") || file === "404.html") continue;
    // The pages of the reference are alike, and many: what comes after their text is not awaited.
    const waitUntil = file.startsWith("reference") ? "domcontentloaded" : "load";
    await page.goto(`${url}/${file.replace(/(?<=^|\/)index\.html$/, "")}`, { waitUntil });
    for (; seen < problems.length; seen++) found.push(`${file}: ${problems[seen]}`);
    if (await isTooWide(page)) found.push(`${file}: wider than 380 pixels`);
    const { ids, targets } = await contents(page);
    anchors.set(`/${file}`, new Set(ids));
    for (const target of targets) links.push([file, target]);
  }
  for (const [file, target] of new Set(links)) {
    if (!isThere(new URL(target), anchors)) found.push(`${file}: dead link ${target}`);
  }
  return found;
}

/** The names of a page's parts, and where its links within the site lead to. */
async function contents(page: Page): Promise<{ ids: string[]; targets: string[] }> {
  return await page.evaluate(`({
    ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
    targets: [...document.links].map(({ href }) => href).filter((href) =>
      href.startsWith(location.origin)),
  })`);
}

function isThere({ pathname, hash }: URL, anchors: ReadonlyMap<string, ReadonlySet<string>>) {
  const ids = anchors.get(pathname.endsWith("/") ? `${pathname}index.html` : pathname);
  if (ids === undefined) return existsSync(join(HTML, pathname)) && pathname !== "/";
  return hash === "" || ids.has(decodeURIComponent(hash.slice(1)));
}

/** Takes pictures, and goes from the start to the first steps as a reader would. */
async function show(browser: Browser, url: string, pictures: string): Promise<string[]> {
  const found: string[] = [];
  for (const look of LOOKS) {
    const { page, problems } = await openPage(browser, look);
    for (const name of SHOWN) {
      await page.goto(`${url}/${name}.html`);
      await page.screenshot({ path: join(pictures, `${name}-${look.name}.png`) });
    }
    await page.goto(`${url}/`);
    await page.screenshot({ path: join(pictures, `start-${look.name}.png`) });
    await page.click("text=First steps");
    await page.waitForURL("**/first-steps.html");
    if (await page.textContent("h1") === null) found.push(`${look.name}: no title`);
    for (const problem of problems) found.push(`${look.name}: ${problem}`);
  }
  return found;
}

/** Searches as a reader would, and opens what is found first. */
async function search(browser: Browser, url: string): Promise<string[]> {
  const { page, problems } = await openPage(browser, {
    viewport: { width: 1200, height: 800 },
    colorScheme: "light",
  });
  await page.goto(`${url}/`);
  await page.keyboard.press("Control+k");
  await page.fill("#localsearch-input", "recvNowait");
  await page.waitForSelector("#localsearch-list a.result");
  await page.keyboard.press("Enter");
  await page.waitForURL((at) => at.pathname !== "/");
  const text = await page.textContent("main");
  const found = text?.includes("recvNowait") ? [] : [`search for recvNowait: ${page.url()}`];
  return [...found, ...problems];
}

function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = join(HTML, normalize(pathname.endsWith("/") ? `${pathname}index.html` : pathname));
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Invariant: no address");
  return `http://127.0.0.1:${address.port}`;
}
