// What source reads as standard input: nothing, text, a stream, or the program's own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, createSync, UnsupportedError } from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const timeout = 60_000;
const TEXT = "öne\ntwo\n";

/** Every way to read all of it. */
const READERS: readonly string[] = [
  `let all = ""; for await (const piece of process.stdin) all += piece; all`,
  `import { stdin } from "node:process";
  let all = ""; stdin.setEncoding("utf8").on("data", (piece) => all += piece);
  await new Promise((done) => stdin.on("end", done)); all`,
  `import { readFileSync } from "node:fs"; readFileSync(0, "utf8")`,
  `import fs from "node:fs";
  const view = new Uint8Array(20);
  const lengths = [fs.readSync(0, view, 0, 5), fs.readSync(0, view, { offset: 5 })];
  Buffer.from(view).toString("utf8", 0, lengths[0] + lengths[1])`,
  `import fs from "node:fs"; import { promisify } from "node:util";
  const { bytesRead, buffer } = await promisify(fs.read)(0, Buffer.alloc(20), 0, 20, null);
  buffer.toString("utf8", 0, bytesRead)`,
  `import { readFile } from "node:fs/promises"; await readFile("/dev/stdin", "utf8")`,
  `import fs from "node:fs";
  let all = ""; for await (const piece of fs.createReadStream("/proc/self/fd/0")) all += piece; all`,
  `import { createInterface } from "node:readline";
  const lines = []; for await (const line of createInterface({ input: process.stdin })) lines.push(line);
  lines.map((line) => line + "\\n").join("")`,
  `const tty = await import("node:tty");
  let all = ""; for await (const piece of new tty.ReadStream(0)) all += piece; all`,
];

const OWN_READERS: Readonly<Record<typeof runtime, readonly string[]>> = {
  deno: [
    `await new Response(Deno.stdin.readable).text()`,
    `const view = new Uint8Array(20); const length = await Deno.stdin.read(view) ?? 0;
    new TextDecoder().decode(view.subarray(0, length))`,
    `Deno.readTextFileSync("/dev/stdin")`,
    `const file = await Deno.open("/dev/fd/0"); await new Response(file.readable).text()`,
  ],
  bun: [
    `await Bun.stdin.text()`,
    `await new Response(Bun.stdin.stream()).text()`,
    `await Bun.file(0).text()`,
    `const lines = []; for await (const line of console) lines.push(line);
    lines.map((line) => line + "\\n").join("")`,
    `[prompt(""), prompt(""), prompt("")].map((line) => line === null ? "" : line + "\\n").join("")`,
  ],
  node: [],
};

const WAYS = [...READERS, ...OWN_READERS[runtime]];

test(
  `stdin: ${JSON.stringify(TEXT)} is what everything that reads it sees`,
  { timeout },
  async () => {
    for (const source of WAYS) {
      await using interpreter = await create({ stdin: TEXT, stdout: "ignore" });
      assert.equal(await interpreter.evaluate(source), TEXT, source);
    }
  },
);

for (const stdin of [undefined, "none"]) {
  test(`stdin: ${stdin} is what everything that reads it sees`, { timeout }, async (t) => {
    const options = { ...stdin !== undefined && { stdin }, stdout: "ignore" } as const;
    const shared = await scoped(t, options);
    for (const source of WAYS) {
      // What is read as a stream has an end, which comes once; all else is empty each time.
      const isStream = /stdin|tty|console|prompt/.test(source);
      const interpreter = isStream ? await scoped(t, options) : shared;
      assert.equal(await interpreter.evaluate(source), "", source);
    }
  });
}

test("stdin is one stream for all runs, and longer text than one piece arrives whole", {
  timeout,
}, async (t) => {
  const text = "0123456789".repeat(20_000) + "€".repeat(30_000);
  const interpreter = await scoped(t, { stdin: text });
  const first = await interpreter.evaluate<string>(
    `import fs from "node:fs"; const view = Buffer.alloc(4); fs.readSync(0, view); String(view)`,
  );
  const rest = await interpreter.evaluate<string>(`fs.readFileSync(0, "utf8")`);
  assert.equal(first, "0123");
  assert.ok(first + rest === text);
  assert.equal(await interpreter.evaluate(`fs.readFileSync(0, "utf8")`), "");
});

test(
  "stdin: a stream gives what it has when source reads, and no earlier",
  { timeout },
  async (t) => {
    let pulls = 0;
    let wasCanceled = false;
    const stream = new ReadableStream<string | Uint8Array>({
      pull(controller) {
        pulls++;
        controller.enqueue(pulls % 2 === 1 ? "text " : new TextEncoder().encode("bytes "));
      },
      cancel() {
        wasCanceled = true;
      },
    }, { highWaterMark: 0 });
    const interpreter = await scoped(t, { stdin: stream });
    await interpreter.run(`import fs from "node:fs"; const view = Buffer.alloc(100);`);
    assert.deepEqual([pulls, stream.locked], [0, false]);
    const read = `view.toString("utf8", 0, fs.readSync(0, view))`;
    assert.equal(await interpreter.evaluate(read), "text ");
    assert.equal(await interpreter.evaluate(read), "bytes ");
    assert.equal(pulls, 2);
    await interpreter.close();
    assert.equal(wasCanceled, true);
  },
);

test("stdin: a stream that fails, or gives what is neither text nor bytes, fails one read", {
  timeout,
}, async () => {
  for (const item of [new Error("broken"), 5]) {
    const stream = new ReadableStream({
      start(controller) {
        if (item instanceof Error) controller.error(item);
        else controller.enqueue(item as never);
      },
    }) as ReadableStream<string>;
    await using interpreter = await create({ stdin: stream });
    const read = `import { readFileSync } from "node:fs"; readFileSync(0, "utf8")`;
    await assert.rejects(interpreter.evaluate(read), /Cannot read standard input: its stream/);
    assert.equal(await interpreter.evaluate(read), "");
  }
});

test("stdin: characters that pieces of a stream tear apart arrive whole", { timeout }, async () => {
  const pieces = ["a\ud83d", "\ude00", "\ud83d", "b", "\ud83d"];
  const stdin = new ReadableStream<string>({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(piece);
    },
  });
  await using interpreter = await create({ stdin });
  assert.equal(await interpreter.evaluate(READERS[0]!), "a\u{1f600}\ufffdb\ufffd");
});

test("stdin: a stream that gives nothing for ever leaves the program its turns", {
  timeout,
}, async () => {
  let isOver = false;
  const stdin = new ReadableStream<string>({
    async pull(controller) {
      await Promise.resolve();
      if (isOver) controller.close();
      else controller.enqueue("");
    },
  }, { highWaterMark: 0 });
  await using interpreter = await create({ stdin });
  const reading = interpreter.evaluate(READERS[0]!);
  await new Promise((resolve) => setTimeout(resolve, 50));
  isOver = true;
  assert.equal(await reading, "");
});

test("stdin: what only looks like a stream fails the read, and ends nothing else", {
  timeout,
}, async () => {
  const readers = [
    { read: () => ({ done: false, value: "a" }), cancel() {} },
    {
      read: () => Promise.reject(new Error("none")),
      cancel() {
        throw new Error("no");
      },
    },
  ];
  for (const reader of readers) {
    const stdin = { locked: false, getReader: () => reader } as unknown as ReadableStream<string>;
    await using interpreter = await create({ stdin });
    const read =
      `import { stdin } from "node:process"; await new Promise((done) => stdin.once("data", done).once("error", done)); 1`;
    assert.equal(await interpreter.evaluate(read), 1);
  }
});

test("runSync() reads text, and fails to read what has not arrived", { timeout }, async () => {
  const source = `import { readFileSync } from "node:fs";
    if (readFileSync(0, "utf8") !== "text") throw new Error("no text");`;
  const withText = createSync({ stdin: "text" });
  withText.runSync(source);
  await withText.close();
  const withStream = createSync({ stdin: new ReadableStream<string>() });
  assert.throws(() => withStream.runSync(source), /use run\(\) there, not runSync\(\)/);
  await withStream.close();
});

test(
  "inside an interpreter stdin is text, or the creator's own, and no stream",
  { timeout },
  async (t) => {
    const interpreter = await scoped(t, { stdin: "of the creator" });
    const seen = await interpreter.evaluate(`
    import { create } from "subinterpreters";
    const read = 'import { readFileSync } from "node:fs"; readFileSync(0, "utf8")';
    const seen = [];
    for (const stdin of ["text", undefined, "inherit", "inherit"]) {
      const inner = await create(stdin === undefined ? {} : { stdin });
      seen.push(await inner.evaluate(read));
      await inner.close();
    }
    const refused = await create({ stdin: new ReadableStream() }).catch(({ name }) => name);
    [...seen, refused]`);
    assert.deepEqual(seen, ["text", "", "of the creator", "", UnsupportedError.name]);
  },
);

test("create() names stdin when it is wrong", async () => {
  for (const wrong of [1, null, {}, [], () => {}]) {
    await assert.rejects(
      create({ stdin: wrong as never }),
      /stdin must be "none", "inherit", text/,
    );
  }
  const locked = new ReadableStream<string>();
  locked.getReader();
  await assert.rejects(create({ stdin: locked }), /stdin must be a stream that nobody else reads/);
});

test('stdin: "inherit" is the program\'s own, which interpreters take from each other', {
  timeout,
}, async () => {
  const { stdout, code, stderr } = await spawnScript(
    `
    import { create } from "subinterpreters";
    const first = await create({ stdin: "inherit" });
    const second = await create({ stdin: "inherit" });
    const one = 'process.getBuiltinModule("fs").readSync(0, view, 0, 1, null); String(view)';
    const seen = [];
    for (const interpreter of [first, second, first]) {
      await interpreter.run("var view = Buffer.alloc(1);");
      seen.push(await interpreter.evaluate(one));
    }
    await first.terminate();
    const rest = 'let all = ""; for await (const piece of process.stdin) all += piece; all';
    console.log(...seen, await second.evaluate(rest));`,
    { stdin: { text: "abcdef", end: true } },
  );
  assert.deepEqual([code, stdout], [0, "a b c def\n"], stderr);
});

test("a read of stdin that waits does not keep the program from exiting", { timeout }, async () => {
  const { stdout, code, stderr, timedOut } = await spawnScript(
    `
    import { create } from "subinterpreters";
    const none = await create();
    const source = 'import { readFileSync } from "node:fs"; readFileSync(0, "utf8")';
    console.log(JSON.stringify(await none.evaluate(source)));
    const waits = await create({ stdin: "inherit" });
    await waits.run("process.stdin.on('data', (data) => console.log(String(data)));");
    const blocked = await create({ stdin: new ReadableStream() });
    console.log(await blocked.run(source, { timeout: 500 }).catch((error) => error.reason));
    const sync = await create({ stdin: "inherit" });
    console.log(await sync.run(source, { timeout: 500 }).catch((error) => error.reason));`,
    { stdin: { text: "", end: false } },
  );
  assert.deepEqual([timedOut, code, stdout], [false, 0, '""\ntimeout\ntimeout\n'], stderr);
});
