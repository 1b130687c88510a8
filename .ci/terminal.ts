// `node --import tsx .ci/terminal.ts`: shows the command line in a terminal (xterm.js in a
// browser), wide and narrow, and reads from its screen what a user would see. `-- --pictures`
// writes the pictures of docs/cli.md.

import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Browser } from "playwright-core";
import { create, createChannel } from "../mod.ts";
import { serve } from "../src/inspect/mod.ts";
import { cliAtTerminal, KEYS, type Step } from "../tests/helpers/cli.ts";
import { openPage, startBrowser } from "./browser.ts";
import { root } from "./launch.mjs";

const ROWS = 24;
const XTERM = join(root, "node_modules/@xterm/xterm");
const WIDE = 80;
const isForDocs = process.argv.includes("--pictures");
const pictures = mkdtempSync(join(tmpdir(), "subinterpreters-terminal-"));

/** Something that a user does at a terminal, and what the screen has to show at its end. */
interface Session {
  readonly name: string;
  readonly args: readonly string[];
  readonly steps: readonly Step[];
  readonly columns: number;
  readonly sees: readonly RegExp[];
}

const REPL: readonly Step[] = [
  { expect: "> ", type: "let n: number = 20\r" },
  { expect: "> ", type: "function twice(of: number) {\r" },
  { expect: "function", type: "return { twice: of * 2, unit: 'm' }\r" },
  { expect: "return", type: "}\r" },
  { expect: "> ", type: "twice(n)\r" },
  { expect: "unit: 'm'", type: "null.length\r" },
  { expect: ":1:6" },
  { expect: "> ", type: "await new Promise(function () {})\r" },
  { expect: "function () {}", type: KEYS.ctrlC },
  { expect: "Stopped", type: "n * 2 + 2\r" },
  { expect: "42", type: ".exit\r" },
];

function sessionsFor(url: string): readonly Session[] {
  const top = ["top", url, "--interval", "100ms"];
  const untilSeen: readonly Step[] = [{ expect: "busy" }, { expect: "q leaves" }];
  const doctor = { args: ["doctor"], steps: [] };
  return [
    {
      ...{ name: "repl", args: ["repl"], steps: REPL, columns: WIDE },
      sees: [/twice: 40/, /TypeError: /, /^Stopped; the namespace is as it was left/m, /^42$/m],
    },
    { name: "repl-narrow", args: ["repl"], steps: REPL, columns: 20, sees: [/^42$/m] },
    {
      ...{ name: "top", args: top, steps: untilSeen, columns: WIDE },
      sees: [/^.*busy.*running/m, /^.*quiet.*idle/m, /channel/],
    },
    { name: "top-narrow", args: top, steps: untilSeen, columns: 20, sees: [/busy/, /quiet/] },
    { name: "doctor", ...doctor, columns: WIDE, sees: [/Node/] },
    { name: "doctor-narrow", ...doctor, columns: 20, sees: [/Node/] },
  ];
}

/** Shows what the program wrote, as a terminal does; gives the text on the screen. */
async function show(
  browser: Browser,
  { name, columns }: Session,
  written: string,
): Promise<string> {
  const { page, problems } = await openPage(browser, {
    viewport: { width: 1000, height: 700 },
    colorScheme: "dark",
  });
  await page.setContent(
    '<body style="margin: 0"><div id="terminal" style="display: inline-block">',
  );
  await page.addStyleTag({ path: join(XTERM, "css/xterm.css") });
  await page.addScriptTag({ path: join(XTERM, "lib/xterm.js") });
  const screen = await page.evaluate(
    `new Promise((resolve) => {
      const terminal = new Terminal({ cols: ${columns}, rows: ${ROWS}, scrollback: 0 });
      terminal.open(document.getElementById("terminal"));
      terminal.write(${JSON.stringify(written)}, () => {
        const { active } = terminal.buffer;
        const lines = Array.from({ length: ${ROWS} }, (_, row) => active.getLine(row)
          ?.translateToString(true) ?? "");
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(lines.join("\\n"))));
      });
    })`,
  );
  await page.locator("#terminal .xterm-screen").screenshot({
    path: join(
      isForDocs && columns === WIDE ? join(root, "docs/pictures") : pictures,
      `terminal-${name}.png`,
    ),
  });
  assert.deepEqual(problems, [], `${name}: problems in the page`);
  await page.context().close();
  return String(screen);
}

/** What it wrote until it left; a program of a whole screen takes that away when it ends. */
function untilLeaving(raw: string): string {
  const at = raw.lastIndexOf("\u001b[?1049l");
  return at < 0 ? raw : raw.slice(0, at);
}

async function look(browser: Browser, session: Session): Promise<void> {
  const { name, args, steps, columns, sees } = session;
  const last = args[0] === "top" ? [{ expect: "q leaves", type: "q" }] : [];
  const { raw, code } = await cliAtTerminal(args, [...steps, ...last], { columns });
  assert.equal(code, 0, `${name} ended with ${code}`);
  const screen = await show(browser, session, untilLeaving(raw));
  for (const text of sees) assert.match(screen, text, `${name} shows:\n${screen}`);
}

const browser = await startBrowser();
const view = await serve();
const [recv] = createChannel();
const quiet = await create({ name: "quiet" });
const busy = await create({ name: "busy" });
const running = busy.run("await recv.recv()", { channels: { recv } }).catch(() => {});
try {
  for (const session of sessionsFor(view.url)) await look(browser, session);
} finally {
  await view.close();
  await browser.close();
  await busy.terminate("looked at");
  await running;
  await quiet.close();
}
process.stdout.write(`Pictures of the terminal: ${pictures}\n`);
