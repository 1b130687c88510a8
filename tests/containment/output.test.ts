// Where output of an interpreter goes: every way to write, in each mode, on each runtime.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import {
  configure,
  create,
  type CreateOptions,
  type Interpreter,
  InterpreterError,
  InterpreterTerminatedError,
} from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const PRELUDE = `
  import process from "node:process";
  import fs, { writeSync } from "node:fs";
  import { writeFile } from "node:fs/promises";
  const bytes = (text) => new TextEncoder().encode(text);
`;

/** Every way to write, and what comes out: `1` and `2` stand for the two streams. */
const WRITERS: readonly (readonly [source: string, output: string])[] = [
  ["console.log('a', 1); console.info('b'); console.debug('c')", "1a 1\n1b\n1c\n"],
  ["console.error('a'); console.warn('%s-%d', 'b', 2)", "2a\n2b-2\n"],
  ["console.group('a'); console.log('b'); console.groupEnd(); console.log('c')", "1a\n1  b\n1c\n"],
  [
    "console.count(); console.count('x'); console.assert(false, 'y')",
    "1default: 1\n1x: 1\n2Assertion failed: y\n",
  ],
  ["process.stdout.write('a\\n'); process.stderr.write('b\\n')", "1a\n2b\n"],
  ["process.stdout.write('YQo=', 'base64'); process.stdout.write(bytes('b\\n'))", "1a\n1b\n"],
  ["await new Promise((done) => process.stdout.write('a\\n', done))", "1a\n"],
  ["Object.getPrototypeOf(process.stdout).write.call(process.stdout, 'a\\n')", "1a\n"],
  ["writeSync(1, 'a\\n'); fs.writeSync(2, bytes('xb\\n'), 1)", "1a\n2b\n"],
  ["fs.writevSync(1, [bytes('a'), bytes('\\n')])", "1a1\n"],
  ["await new Promise((done) => fs.write(1, 'a\\n', done))", "1a\n"],
  ["fs.writeFileSync('/dev/stdout', 'a\\n'); fs.appendFileSync(2, 'b\\n')", "1a\n2b\n"],
  ["await writeFile('/dev/stderr', 'a\\n')", "2a\n"],
  [
    "process._rawDebug('a %d', 1); (await import('node:process')).default._rawDebug('b')",
    "2a 1\n2b\n",
  ],
  ["fs.writeSync(fs.openSync('/dev/./fd/../stderr', 'w'), 'a\\n')", "2a\n"],
  ["import { WriteStream } from 'node:tty'; new WriteStream(2).write('a\\n')", "2a\n"],
  ["import { WriteStream as Terminal } from 'node:tty'; new Terminal(1).write('a\\n')", "1a\n"],
  ["import { log } from 'node:console'; log('a')", "1a\n"],
  ["import { stdout } from 'node:process'; stdout.write('a\\n')", "1a\n"],
];

const OWN_WRITERS: Readonly<Record<typeof runtime, typeof WRITERS>> = {
  deno: [
    ["Deno.stdout.writeSync(bytes('a\\n')); await Deno.stderr.write(bytes('b\\n'))", "1a\n2b\n"],
    ["await Deno.stdout.writable.getWriter().write(bytes('a\\n'))", "1a\n"],
    ["Deno.writeTextFileSync('/dev/stdout', 'a\\n')", "1a\n"],
  ],
  bun: [
    ["await Bun.write(Bun.stdout, 'a\\n'); await Bun.write(Bun.stderr, 'b\\n')", "1a\n2b\n"],
    ["const w = Bun.stdout.writer(); w.write('a\\n'); w.flush()", "1a\n"],
    ["await Bun.stdout.write('a\\n'); await Bun.write(Bun.file(2), 'b\\n')", "1a\n2b\n"],
    ["console.write('a\\n')", "1a\n"],
    [
      "await fs.promises.write(1, 'a\\n'); await fs.promises.writev(2, [bytes('b\\n')])",
      "1a\n2b\n",
    ],
    ["prompt('a'); alert('b')", "1a 1b [Enter] "],
    // What copies and slices of them would write to.
    ["console.log(Bun.stdout.name, Bun.file(2).name)", "1/dev/null /dev/null\n"],
  ],
  node: [],
};

let recorded = "";
const recording = sharing({
  stdout: (text) => void (recorded += `1${text}`),
  stderr: (text) => void (recorded += `2${text}`),
});

/** Runs source, and gives what it wrote, each piece with its stream, in order. */
async function record(source: string): Promise<string> {
  const interpreter = await recording();
  // What came late of the source before is not of this one, and not lost either.
  assert.equal(recorded, "");
  await interpreter.run(PRELUDE + source);
  const output = recorded;
  recorded = "";
  return output;
}

async function readAll(stream: ReadableStream<string>): Promise<string> {
  let all = "";
  for await (const text of stream) all += text;
  return all;
}

for (const [source, expected] of WRITERS) {
  test(`stdout and stderr get, before run() resolves: ${source}`, async () => {
    assert.equal(await record(source), expected);
  });
}

test("stdout and stderr get what the runtime's own writers write, in the order of the calls", async () => {
  for (const [source, expected] of OWN_WRITERS[runtime]) {
    assert.equal(await record(source), expected, source);
  }
  assert.equal(
    await record("for (let i = 0; i < 3; i++) { console.log(i); process.stderr.write('e'); }"),
    "10\n2e11\n2e12\n2e",
  );
});

test("console.table(), dir() and trace() print as the runtime does, without colours", async () => {
  const output = await record(
    "console.table([{ a: 1 }]); console.dir({ a: 1 }); console.trace('here'); console.log([1], new Error('e'))",
  );
  assert.match(output, /│ a │/);
  assert.match(output, /a: 1/);
  assert.match(output, /Trace: here\n +at /);
  assert.ok(!output.includes("\u001b"), output);
});

test("stdout decodes characters whose bytes are written one by one, and 64 KiB pieces", async (t) => {
  const pieces: string[] = [];
  const interpreter = await scoped(t, { stdout: (text) => void pieces.push(text) });
  await interpreter.run(`${PRELUDE}
    for (const byte of bytes("é€😀")) process.stdout.write(Uint8Array.of(byte));
    process.stdout.write("x" + "😀".repeat(100_000));`);
  assert.equal(pieces.join(""), `é€😀x${"😀".repeat(100_000)}`);
  assert.ok(pieces.every((piece) => piece.length <= 65_536 && piece.isWellFormed()));
});

test('stdout: "capture" gives one stream, which ends with the interpreter and keeps what was written', async () => {
  const interpreter = await create({ stdout: "capture", stderr: "capture" });
  await interpreter.run(
    "console.log('out'); console.error('err'); setTimeout(() => console.log('late'))",
  );
  assert.equal(interpreter.stdout, interpreter.stdout);
  const reader = interpreter.stdout.getReader();
  assert.deepEqual(await reader.read(), { done: false, value: "out\n" });
  assert.deepEqual(await reader.read(), { done: false, value: "late\n" });
  reader.releaseLock();
  await interpreter.run("console.log('last')");
  await interpreter.close();
  assert.deepEqual([await readAll(interpreter.stdout), await readAll(interpreter.stderr)], [
    "last\n",
    "err\n",
  ]);
});

test('stdout: "capture" ends when the interpreter is terminated in the middle of a run', async () => {
  const interpreter = await create({ stdout: "capture" });
  await interpreter.run("");
  await assert.rejects(interpreter.run("console.log('before'); for (;;);", { timeout: 500 }));
  assert.equal(await readAll(interpreter.stdout), "before\n");
});

test('Interpreter.stdout without "capture" is an InterpreterError that names the remedy', async (t) => {
  const interpreter = await scoped(t, { stdout: "ignore", stderr: () => {} });
  for (const name of ["stdout", "stderr"] as const) {
    assert.throws(
      () => interpreter[name],
      (error) => error instanceof InterpreterError && error.message.includes(`${name}: "capture"`),
    );
  }
});

test("stdout: a callback that throws or rejects is reported, and gets the next piece", {
  timeout: 20_000,
}, async () => {
  const { code, stdout, stderr } = await spawnScript(`
    import { create } from "subinterpreters";
    const got = [];
    const i = await create({
      stdout: (text) => { got.push(text); throw new Error("from the callback"); },
      stderr: async () => { throw new Error("from the promise"); },
    });
    await i.run("console.log(1); console.error(2); console.log(3)");
    await i.close();
    console.log(got.length);`);
  assert.deepEqual([code, stdout], [0, "2\n"]);
  assert.match(stderr, /callback of stdout: .*from the callback/);
  assert.match(stderr, /callback of stderr: .*from the promise/);
});

test(
  'stdout: "inherit" beside stderr: "ignore" writes to the process\'s own, the program\'s console too',
  {
    timeout: 20_000,
  },
  async () => {
    const { code, stdout, stderr } = await spawnScript(`
    import { create } from "subinterpreters";
    const i = await create({ stderr: "ignore" });
    const limited = await create({ limits: { outputBytes: 100 }, stderr: "capture" });
    await i.run("console.log('one'); console.error('lost'); process.stdout.write('two\\\\n')");
    await limited.run("console.log('three'); console.error('kept')");
    console.log("four");
    console.error("five");
    await i.close(); await limited.close();`);
    assert.deepEqual([code, stdout, stderr], [0, "one\ntwo\nthree\nfour\n", "five\n"]);
  },
);

// In a process of its own: `bun test` takes uncaught errors of threads for itself.
test("stderr gets the report of an error that nobody caught while idle, and it counts", {
  timeout: 20_000,
}, async () => {
  const { code, stdout, stderr } = await spawnScript(`
    import { create } from "subinterpreters";
    let i;
    const alive = setInterval(() => {}, 1000);
    const text = await new Promise((resolve) => {
      create({ stderr: resolve, limits: { outputBytes: 10 } }).then((made) => {
        i = made;
        return i.run("setTimeout(() => { throw new Error('late') })");
      });
    });
    console.log(text);
    clearInterval(alive);
    await i.run("").catch((error) => console.log(error.name));`);
  assert.deepEqual([code, stdout, stderr], [0, "Uncaught i\nInterpreterNotFoundError\n", ""]);
});

for (const mode of ["ignore", "capture", "callback"] as const) {
  test(`limits.outputBytes allows so many bytes, and one more ends the interpreter (${mode})`, async () => {
    let written = "";
    const option = mode === "callback" ? (text: string) => void (written += text) : mode;
    const interpreter = await create({
      stdout: option,
      stderr: option,
      limits: { outputBytes: 10 },
    });
    await interpreter.run("process.stdout.write('€€'); process.stderr.write('1234')");
    await assertLimited(interpreter, "console.log = () => {}; process.stdout.write('€')");
    if (mode === "callback") assert.equal(written, "€€1234");
    if (mode === "capture") assert.equal(await readAll(interpreter.stdout), "€€");
  });
}

async function assertLimited(interpreter: Interpreter, source: string): Promise<void> {
  await assert.rejects(
    interpreter.run(source),
    (error) =>
      error instanceof InterpreterTerminatedError && error.reason === "output limit" &&
      error.message.includes("10 bytes"),
  );
}

test("limits.outputBytes cuts one long text at a whole character", async () => {
  let written = "";
  const interpreter = await create({
    stdout: (text) => void (written += text),
    limits: { outputBytes: 10 },
  });
  await assertLimited(interpreter, "process.stdout.write('€'.repeat(1_000_000))");
  assert.equal(written, "€€€");
});

for (
  const [name, source, options] of [
    ["small pieces", "for (;;) console.log('x')", { stdout: () => {} }],
    ["large pieces", "const t = 'x'.repeat(1e6); for (;;) process.stdout.write(t)", {
      stdout: () => {},
    }],
    ["what nobody reads", "for (;;) console.log('x'.repeat(1000))", { stdout: "capture" }],
    [
      "requests",
      "import { createChannel, Interpreter } from 'subinterpreters'; const i = new Interpreter(0); for (;;) i.close().catch(() => {})",
      {},
    ],
  ] satisfies [string, string, CreateOptions][]
) {
  test(`a flood of ${name} leaves the host responsive and its memory bounded`, {
    timeout: 30_000,
  }, async (t) => {
    const interpreter = await scoped(t, options);
    const before = process.memoryUsage().rss;
    const gaps: number[] = [];
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      gaps.push(now - last);
      last = now;
    }, 1);
    try {
      await assert.rejects(interpreter.run(source, { timeout: 500 }), InterpreterTerminatedError);
    } finally {
      clearInterval(timer);
    }
    // A busy machine holds up single turns, a flooded host nearly all or the only one.
    gaps.sort((a, b) => a - b);
    const typical = gaps[Math.floor(gaps.length * 0.5)] ?? Infinity;
    assert.ok(typical < 250, `${gaps.length} turns, half of them within ${typical} ms`);
    const grown = (process.memoryUsage().rss - before) / 2 ** 20;
    assert.ok(grown < 250, `grew by ${grown} MiB`);
  });
}

test('stdout: "capture" holds an interpreter up when too much is unread, until it is read', {
  timeout: 20_000,
}, async (t) => {
  const interpreter = await scoped(t, { stdout: "capture" });
  const reader = interpreter.stdout.getReader();
  const running = interpreter.run(
    "for (let i = 0; i < 800; i++) process.stdout.write('x'.repeat(65_536))",
  );
  let length = 0;
  while (length < 800 * 65_536) length += (await reader.read()).value?.length ?? 0;
  await running;
  await reader.cancel();
  await interpreter.run("console.log('nobody reads this')");
});

test("an interpreter gets the output of one that it created, before its run resolves", async (t) => {
  const creator = await scoped(t);
  const got = await creator.evaluate(`
    import { create } from "subinterpreters";
    const got = [];
    const child = await create({ stdout: "capture", stderr: (text) => got.push(text) });
    await child.run("console.error('called'); console.log('captured')");
    got.push("resolved");
    child.runSync("console.error('sync')");
    await child.close();
    for await (const text of child.stdout) got.push(text);
    got;`);
  assert.deepEqual(got, ["called\n", "resolved", "sync\n", "captured\n"]);
});

test("runSync() inside takes in more output than fits on the way", async (t) => {
  const creator = await scoped(t);
  const length = await creator.evaluate(`
    import { createSync } from "subinterpreters";
    let length = 0;
    const child = createSync({ stdout: (text) => { length += text.length; } });
    child.runSync("for (let i = 0; i < 200; i++) process.stdout.write('x'.repeat(70_000))");
    length;`);
  assert.equal(length, 200 * 70_000);
});

test("output of an interpreter whose creator is gone is dropped, and it goes on", async (t) => {
  const creator = await create();
  const child = await creator.evaluate<Interpreter>(`
    import { create } from "subinterpreters";
    await create({ stdout: "capture" });`);
  t.after(() => child[Symbol.asyncDispose]());
  await creator.terminate();
  await child.run("for (let i = 0; i < 200; i++) process.stdout.write('x'.repeat(70_000))");
});

for (const name of ["stdout", "stderr"] as const) {
  test(`create() names ${name} when it is wrong`, async () => {
    for (const wrong of ["pipe", 1, null, {}]) {
      await assert.rejects(
        create({ [name]: wrong as never }),
        (error) => error instanceof TypeError && error.message.includes(name),
      );
    }
  });
}

test('stdout: "inherit" inside an interpreter goes where its creator\'s output goes', async (t) => {
  let output = "";
  const creator = await scoped(t, { stdout: (text) => void (output += text), stderr: "ignore" });
  await creator.run(`
    import { create } from "subinterpreters";
    const child = await create();
    await child.run("console.log('from the child'); console.error('nowhere')");`);
  assert.equal(output, "from the child\n");
});

test("limits.outputBytes counts what interpreters write that it created, and ends both", async () => {
  let output = "";
  const creator = await create({
    stdout: (text) => void (output += text),
    limits: { outputBytes: 10 },
  });
  await assertLimited(
    creator,
    `import { create } from "subinterpreters";
    const child = await create();
    await child.run("console.log('12345')");
    await child.run("for (;;) console.log('12345')");`,
  );
  assert.equal(output, "12345\n1234");
});

test("a spare sends output as any other thread", async (t) => {
  configure({ spares: 1 });
  t.after(() => configure({ spares: 0 }));
  for (let n = 0; n < 3; n++) {
    let output = "";
    const interpreter = await create({ stdout: (text) => void (output += text) });
    await interpreter.run("for (let i = 0; i < 2000; i++) console.log(i)");
    await interpreter.close();
    assert.equal(output.split("\n").length, 2001);
  }
});
