// `subinterpreters repl`: in a pipe, and at a terminal.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { cli, cliAtTerminal, folderWith, KEYS, type Step } from "../helpers/cli.ts";

const SLOW = { timeout: 120_000 };
/** Ends a session. */
const LEAVE: Step = { expect: "> ", type: ".exit\r" };

test("repl prints values without prompts in a pipe, and keeps the namespace", SLOW, async () => {
  const text =
    "1 + 1\nlet n: number = 20\nfunction twice() {\n  return n * 2\n}\ntwice()\n\n'text'\n" +
    "await Promise.resolve(_)\n() => n\n";
  const { code, stdout, stderr } = await cli(["repl"], { stdin: { text, end: true } });
  assert.deepEqual([code, stderr], [0, ""]);
  const [two, forty, quoted, last, fn, end] = stdout.split("\n");
  assert.deepEqual([two, forty, end], ["2", "40", ""]);
  assert.match(quoted ?? "", /^['"]text['"]$/);
  assert.equal(last, quoted);
  assert.match(fn ?? "", /Function/);
});

test("repl in a pipe goes on after an error, and ends with 1", SLOW, async () => {
  const { code, stdout, stderr } = await cli(["repl"], {
    stdin: { text: "null.x\n'on'.length\nfunction (", end: true },
  });
  assert.deepEqual([code, stdout], [1, "2\n"]);
  assert.match(stderr, /^Uncaught TypeError: .*\n.*<repl 1>:1:\d/);
  assert.match(stderr, /Uncaught SyntaxError: /);
  assert.doesNotMatch(stderr, /src\/cli|__repl/);
});

test("repl ends as the source does that calls process.exit()", SLOW, async () => {
  const { code } = await cli(["repl"], { stdin: { text: "process.exit(5)\n1\n", end: true } });
  assert.equal(code, 5);
});

test(
  "repl completes names of the namespace and of properties with the tabulator",
  SLOW,
  async () => {
    const { shown } = await cliAtTerminal(["repl"], [
      { expect: "> ", type: "const somewhere = { deeper: 41 }\r" },
      { expect: "> ", type: "somew" },
      { expect: "somew", type: KEYS.tab },
      { expect: "here", type: ".dee" },
      { expect: ".dee", type: KEYS.tab },
      { expect: "per", type: " + 1\r" },
      { expect: "42", type: ".ex" },
      { expect: ".ex", type: KEYS.tab },
      { expect: "it", type: "\r" },
    ]);
    assert.match(shown, /somewhere\.deeper \+ 1[\r\n]+42[\r\n]/);
  },
);

test("Ctrl-C stops code that awaits, and keeps all of the namespace", SLOW, async () => {
  const { code } = await cliAtTerminal(["repl"], [
    { expect: "> ", type: "const open = new Map([[1, () => 41]])\r" },
    { expect: "> ", type: "console.log('be' + 'gun'); await new Promise(() => {})\r" },
    { expect: "begun", type: KEYS.ctrlC },
    { expect: "Stopped; the namespace is as it was left", type: "open.get(1)() + 1\r" },
    { expect: "42", type: ".exit\r" },
  ]);
  assert.equal(code, 0);
});

test(
  "Ctrl-C ends a loop that cannot be stopped alone, and brings back what can be had",
  SLOW,
  async () => {
    const { code, shown } = await cliAtTerminal(["repl"], [
      { expect: "> ", type: "let n = 20; const made = { list: [1, 2], at: new Date(0) }\r" },
      { expect: "> ", type: "function twice(of: number) { return of * 2 }\r" },
      { expect: "> ", type: "const lost = () => 1\r" },
      { expect: "> ", type: "console.log('be' + 'gun'); for (;;);\r" },
      { expect: "begun", type: KEYS.ctrlC },
      { expect: "It could not be stopped alone.", type: "twice(n) + made.list.length\r" },
      { expect: "42", type: ".exit\r" },
    ]);
    assert.equal(code, 0);
    assert.match(shown.replaceAll(/\s+/g, " "), /with n, made, twice as before it, without lost/);
  },
);

test("--timeout stops a loop at the prompt, and keeps the namespace", SLOW, async () => {
  const { code } = await cliAtTerminal(["repl", "--timeout", "1s"], [
    { expect: "> ", type: "const open = () => 41\r" },
    { expect: "> ", type: "for (;;);\r" },
    {
      expect: "stopped after 1000 ms, its --timeout; the namespace is as it was",
      type: "open() + 1\r",
    },
    { expect: "42", type: ".exit\r" },
  ]);
  assert.equal(code, 0);
});

test(
  "Ctrl-C at the prompt drops the line, then asks, then leaves; Ctrl-D leaves",
  SLOW,
  async () => {
    const dropped = await cliAtTerminal(["repl"], [
      { expect: "> ", type: "function half(" },
      { expect: "half(", type: KEYS.ctrlC },
      { expect: "> ", type: "function half() {\r" },
      { expect: "… ", type: KEYS.ctrlC },
      { expect: "> ", type: "'dro' + 'pped'\r" },
      { expect: "dropped", type: "" },
      { expect: "> ", type: KEYS.ctrlC },
      { expect: "Ctrl-C once more", type: "" },
      { expect: "> ", type: KEYS.ctrlC },
    ]);
    assert.equal(dropped.code, 0);
    const left = await cliAtTerminal(["repl"], [{ expect: "> ", type: KEYS.ctrlD }]);
    assert.equal(left.code, 0);
    const running = await cliAtTerminal(["repl"], [
      { expect: "> ", type: "console.log('be' + 'gun'); for (;;);\r" },
      { expect: "begun", type: KEYS.ctrlD },
    ]);
    assert.equal(running.code, 0);
  },
);

test(
  "repl keeps its history in a file of the user's own, unless it is told not to",
  SLOW,
  async (t) => {
    const at = await folderWith(t, {});
    const env = { SUBINTERPRETERS_HISTORY: at("folder/history") };
    await cliAtTerminal(["repl"], [{ expect: "> ", type: "6 * 7\r" }, { expect: "42" }, LEAVE], {
      env,
    });
    assert.equal(await readFile(at("folder/history"), "utf8"), "6 * 7\n.exit\n");
    await cliAtTerminal(["repl"], [
      { expect: "> ", type: KEYS.up },
      { expect: ".exit", type: KEYS.up },
      { expect: "6 * 7", type: "\r" },
      { expect: "42" },
      LEAVE,
    ], { env });
    const before = await readFile(at("folder/history"), "utf8");
    await cliAtTerminal(["repl", "--no-history"], [{ expect: "> ", type: "1\r" }, LEAVE], { env });
    assert.equal(await readFile(at("folder/history"), "utf8"), before);
  },
);

test("repl has .help, .load and .clear, and knows what was meant", SLOW, async (t) => {
  const at = await folderWith(t, { "more.ts": "let loaded: number = 41;" });
  await cliAtTerminal(["repl"], [
    { expect: "> ", type: ".help\r" },
    { expect: "run a file in the namespace" },
    { expect: "> ", type: `.load ${at("more.ts")}\r` },
    { expect: "> ", type: "loaded + 1\r" },
    { expect: "42", type: `.load ${at("")}\r` },
    { expect: "it is a directory", type: ".hlep\r" },
    { expect: "did you mean .help?", type: ".clear\r" },
    { expect: "empty namespace", type: "typeof loaded\r" },
    { expect: "undefined", type: ".exit\r" },
  ], { columns: 120 });
});

test(
  "repl prints colours at a terminal, and none with NO_COLOR, in 20 columns too",
  SLOW,
  async () => {
    const steps: Step[] = [{ expect: "> ", type: "6 * 7\r" }, { expect: "\n42" }, LEAVE];
    const env = { FORCE_COLOR: "", NO_COLOR: "" };
    const colored = await cliAtTerminal(["repl"], steps, { env });
    assert.ok(colored.raw.includes("\u001b[33m42"), colored.raw);
    const plain = await cliAtTerminal(["repl"], steps, { columns: 20, env: { NO_COLOR: "1" } });
    assert.ok(!plain.raw.includes("\u001b[33m"), plain.raw);
  },
);

test("repl writes late output above the line that is being typed", SLOW, async () => {
  const { shown } = await cliAtTerminal(["repl"], [
    { expect: "> ", type: "setTimeout(() => console.log('la' + 'te'), 500); 1\r" },
    { expect: "\n1", type: "" },
    { expect: "> ", type: "40 + 2" },
    { expect: "late", type: "" },
    { expect: "40 + 2", type: "\r" },
    { expect: "42", type: ".exit\r" },
  ]);
  assert.match(shown, /late\r?\n/);
});
