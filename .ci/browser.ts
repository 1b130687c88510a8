// A headless Chromium for the checks that look at pages. `npm ci` brings it for Linux on x64, so
// CI needs nothing else; anywhere else an installed one is used.

import chromium from "@sparticuz/chromium";
import { existsSync } from "node:fs";
import process from "node:process";
import { type Browser, chromium as driver, type Page, type ViewportSize } from "playwright-core";

const INSTALLED = [
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Starts a browser; whoever starts it closes it. */
export async function startBrowser(): Promise<Browser> {
  const given = process.env["CHROMIUM"] ?? INSTALLED.find((path) => existsSync(path));
  if (given !== undefined) {
    return await driver.launch({ executablePath: given, args: ["--no-sandbox"] });
  }
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error("No Chromium is found: install one, and name its file in CHROMIUM");
  }
  return await driver.launch({
    executablePath: await chromium.executablePath(),
    // The package's own arguments are for functions of a cloud: in one process, which the end of
    // a page ends, and without the rules between sites.
    args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"],
  });
}

/** How a page is looked at. */
export interface Look {
  readonly name: string;
  readonly viewport: ViewportSize;
  readonly colorScheme: "light" | "dark";
}

/** Light, dark, and as narrow as a telephone. */
export const LOOKS: readonly Look[] = [
  { name: "light", viewport: { width: 1200, height: 800 }, colorScheme: "light" },
  { name: "dark", viewport: { width: 1200, height: 800 }, colorScheme: "dark" },
  { name: "narrow", viewport: { width: 380, height: 800 }, colorScheme: "light" },
];

/** A page, and what went wrong in it so far: errors, what the console was told, failed requests. */
export interface WatchedPage {
  readonly page: Page;
  readonly problems: readonly string[];
}

/** Opens a page in a context of its own. */
export async function openPage(
  browser: Browser,
  { viewport, colorScheme }: Omit<Look, "name">,
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport, colorScheme });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      problems.push(`${message.type()}: ${message.text()}`);
    }
  });
  page.on("requestfailed", (request) => {
    const { errorText = "" } = request.failure() ?? {};
    // Whoever closes a page ends its streams.
    if (errorText !== "net::ERR_ABORTED") problems.push(`request: ${request.url()} ${errorText}`);
  });
  return { page, problems };
}

/** Whether anything of the page is wider than the window, which then scrolls sideways. */
export async function isTooWide(page: Page): Promise<boolean> {
  return await page.evaluate("document.documentElement.scrollWidth > window.innerWidth");
}
