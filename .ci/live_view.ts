// `node --import tsx .ci/live_view.ts`: opens the live view in a browser, light, dark and narrow,
// and expects to see an interpreter appear, run and end. `-- --pictures` writes the pictures of
// docs/live-view.md.

import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import type { Browser, Page } from "playwright-core";
import { create, createChannel, createQueue, InterpreterPoolExecutor } from "../mod.ts";
import { type LiveView, serve } from "../src/inspect/mod.ts";
import { isTooWide, type Look, LOOKS, openPage, startBrowser } from "./browser.ts";
import { root } from "./launch.mjs";

const PICTURES = join(root, "docs/pictures");
const WITHIN_MS = 15_000;

/** Waits until a row of a table has the text. */
async function sees(page: Page, table: string, text: string): Promise<void> {
  await page.locator(`#${table} tbody tr`, { hasText: text }).first()
    .waitFor({ timeout: WITHIN_MS });
}

async function look(browser: Browser, view: LiveView, { name, ...how }: Look): Promise<void> {
  const { page, problems } = await openPage(browser, how);
  await page.goto(view.url);
  await page.locator("#connection.live").waitFor({ timeout: WITHIN_MS });
  const label = `looked-at-${name}`;
  const interpreter = await create({ name: label });
  await sees(page, "interpreters", label);
  const [recv, send] = createChannel();
  const running = interpreter.run(`/* <b>${label}</b> */ await recv.recv();`, {
    channels: { recv },
  });
  await sees(page, "interpreters", "running");
  await sees(page, "interpreters", `<b>${label}</b>`);
  await sees(page, "channels", `channel ${recv.id}`);
  await sees(page, "machines", interpreter.actor.id);
  await page.locator("#waterfall i.running").first().waitFor({ timeout: WITHIN_MS });
  await send.send(1);
  await running;
  await sees(page, "runs", `<b>${label}</b>`);
  await interpreter.run(`throw new Error("planned ${name}")`).catch(() => {});
  await sees(page, "runs", `planned ${name}`);
  assert.ok(!await isTooWide(page), `${name}: the page scrolls sideways`);
  if (process.argv.includes("--pictures")) {
    await page.screenshot({ path: join(PICTURES, `live-view-${name}.png`) });
  }
  await interpreter.terminate(`seen ${name}`);
  await sees(page, "ended", `seen ${name}`);
  recv.close({ force: true });
  assert.deepEqual(problems, [], `${name}: problems in the page`);
  await page.context().close();
}

/** A page whose address is not valid any more, and a process that has gone. */
async function lookAtTheEnd(browser: Browser, view: LiveView): Promise<void> {
  const { page } = await openPage(browser, { ...LOOKS[0]! });
  await page.goto(view.url);
  await page.locator("#connection.live").waitFor({ timeout: WITHIN_MS });
  await view.close();
  await page.getByText("does not answer").waitFor({ timeout: WITHIN_MS });
  await page.context().close();
}

/** Something to see in the pictures. */
async function busy(): Promise<() => Promise<void>> {
  const pool = new InterpreterPoolExecutor({ maxWorkers: 2, name: "images" });
  const tasks = [1_100, 700, 400].map((ms) =>
    pool.submit((wait: number) => new Promise<void>((done) => setTimeout(done, wait)), ms)
  );
  const queue = createQueue(3);
  for (const item of [1, 2, 3]) queue.putNowait(item);
  await Promise.all(tasks);
  return async () => {
    queue.shutdown({ immediate: true });
    await pool.shutdown();
  };
}

const browser = await startBrowser();
const view = await serve();
try {
  const rest = await busy();
  for (const one of LOOKS) await look(browser, view, one);
  await rest();
  await lookAtTheEnd(browser, view);
} finally {
  await view.close();
  await browser.close();
}
