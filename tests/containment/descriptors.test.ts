// What a process has open already is a number: a sandbox makes nothing of it. Nor does it
// get at the threads, or at the insides of the runtime, that would.

import assert from "node:assert/strict";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeSync,
} from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { scoped } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";
import { denied, sandboxTest } from "../helpers/sandbox.ts";

/** A connection of this process with itself, that goes with the test. */
async function connection(t: TestContext): Promise<readonly [Socket, Socket]> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const own = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const other = await accepted;
  t.after(() => {
    own.destroy();
    other.destroy();
    server.close();
  });
  return [own, other];
}

/** The numbers of what the process has open and is no file. */
function descriptors(): number[] {
  const folder = platform() === "linux" ? "/proc/self/fd" : "/dev/fd";
  return readdirSync(folder).map(Number).filter((number) => {
    if (number < 3) return false;
    if (platform() !== "linux") return true;
    try {
      return readlinkSync(`${folder}/${number}`).startsWith("socket:");
    } catch {
      // It was that of reading the folder.
      return false;
    }
  });
}

for (const isolated of [true, false]) {
  sandboxTest(
    `a sandbox with isolated: ${isolated} uses nothing that the process has open`,
    async (sandbox, t) => {
      const interpreter = await sandbox({ isolated });
      const [own, other] = await connection(t);
      const numbers = descriptors();
      assert.ok(numbers.length >= 3, String(numbers));
      const heard: string[] = [];
      other.setEncoding("utf8").on("data", (text: string) => heard.push(text));
      for (const number of numbers) {
        for (
          const act of [
            `const { Socket } = await import("node:net"); new Socket({ fd: ${number} }).end("stolen")`,
            `const { createServer } = await import("node:net");
            await new Promise((resolve, reject) =>
              createServer().on("error", reject).listen({ fd: ${number} }, resolve))`,
            `const { TTY } = process.binding("tty_wrap"); new TTY(${number}, {})`,
            `import { default as inside } from "node:process"; inside.binding("tty_wrap")`,
            `const { createRequire } = process.getBuiltinModule("module");
            const { TTY } = createRequire("file:///")("internal/test/binding").internalBinding("tty_wrap");
            new TTY(${number}, {})`,
          ]
        ) {
          await denied(
            interpreter,
            act,
            /is sandboxed|is isolated|EINVAL|Unsupported fd type|No such built-in module/,
          );
        }
      }
      own.write("mine");
      const closed = new Promise<void>((resolve) => other.once("close", () => resolve()));
      own.end();
      await closed;
      assert.equal(heard.join(""), "mine");
    },
  );

  sandboxTest(
    `a sandbox with isolated: ${isolated} has no way round to what is closed`,
    async (sandbox) => {
      const interpreter = await sandbox({ isolated });
      for (
        const act of [
          'new Worker("data:text/javascript,", { type: "module" })',
          'const { Worker } = process.getBuiltinModule("worker_threads"); new Worker("0", { eval: true })',
          'import { Worker as Other } from "node:worker_threads"; new Other("0", { eval: true })',
          'import { BroadcastChannel as Other } from "node:worker_threads"; new Other("x")',
          'import { WASI } from "node:wasi"; new WASI({ version: "preview1" })',
          'import { createRequire } from "node:module"; new (createRequire("file:///")("wasi").WASI)({ version: "preview1" })',
          'import { getBuiltinModule } from "node:process"; new (getBuiltinModule("wasi").WASI)({ version: "preview1" })',
          'process.getBuiltinModule("v8").setFlagsFromString("--expose-gc")',
          'import { setFlagsFromString } from "node:v8"; setFlagsFromString("--expose-gc")',
          'await Deno.permissions.revoke({ name: "net" })',
          'Deno.permissions.revokeSync({ name: "net" })',
          // Isolated, it ends itself by one.
          ...isolated ? [] : [
            'Deno.kill(Deno.pid, "SIGUSR1")',
            'process.kill(process.pid, "SIGUSR1")',
            '(await import("node:process")).kill(process.pid, "SIGUSR1")',
          ],
        ]
      ) await denied(interpreter, act, /is sandboxed|is isolated|bad file descriptor/i);
      assert.equal(await interpreter.evaluate("typeof Deno[Deno.internal]"), "undefined");
    },
  );
}

/** Ways to use a number by `node:fs` and the like; none may reach what it is of. */
const USES: readonly string[] = [
  'fs.writeSync(FD, "stolen")',
  'await promisify(fs.write)(FD, "stolen")',
  '(fs.writeSync.prototype?.constructor ?? fs.writeSync)(FD, "stolen")',
  'fs.writevSync(FD, [Buffer.from("stolen")])',
  'fs.writeFileSync(FD, "stolen")',
  'fs.appendFileSync(FD, "stolen")',
  "fs.ftruncateSync(FD, 20)",
  "fs.readSync(FD, Buffer.alloc(1), 0, 1, 0)",
  "fs.readFileSync(FD)",
  "fs.fchmodSync(FD, 0o600)",
  'await fs.promises.writeFile(FD, "stolen")',
  `await new Promise((done, fail) =>
    fs.createWriteStream("x", { fd: FD, autoClose: false }).on("error", fail)
      .end("stolen", (error) => error ? fail(error) : done()))`,
  'for await (const _ of fs.createReadStream("x", { fd: FD, autoClose: false }));',
  `const one = await fs.promises.open("/dev/null");
  await new one.constructor(FD).write("stolen")`,
  `const one = await fs.promises.open("/dev/null", "w");
  for (const key of Object.getOwnPropertySymbols(one)) try { one[key] = FD } catch {}
  Object.defineProperty(one, "fd", { value: FD });
  const { bytesWritten } = await one.write("stolen");
  const { size } = await one.stat();
  throw new Error("EBADF " + bytesWritten + size)`,
  `const one = await fs.promises.open("/dev/null", "w");
  const other = Object.create(one, { fd: { value: FD } });
  await other.write("stolen")`,
  'const { WriteStream } = await import("node:tty"); new WriteStream(FD).write("stolen")',
  'const { ReadStream } = await import("node:tty"); new ReadStream(FD)',
];

/** Ways to make a connection of a number. */
const SOCKETS: readonly string[] = [
  'new net.Socket({ fd: FD }).write("stolen")',
  'new net.Stream({ fd: FD }).write("stolen")',
  'new (Object.getPrototypeOf(new net.Socket()).constructor)({ fd: FD }).write("stolen")',
  'new net.Socket().connect({ fd: FD }).write("stolen")',
  'net.connect({ fd: FD }).write("stolen")',
  'const http = await import("node:http"); http.request({ fd: FD, host: "127.0.0.1", port: 9 }).end()',
  `await new Promise((done, fail) => net.createServer().on("error", fail).listen({ fd: FD }, done))`,
];

const OWN_USES: Readonly<Record<typeof runtime, readonly string[]>> = {
  deno: [],
  bun: [
    'await Bun.write(FD, "stolen")',
    'await Bun.file(FD).write("stolen")',
    'const writer = Bun.file(FD).writer(); writer.write("stolen"); await writer.end()',
    "await Bun.file(FD).text()",
    'await Bun.connect({ fd: FD, socket: { data() {}, open(one) { one.write("stolen") } } })',
    `Object.prototype.fd = FD;
    try { await Bun.connect({ socket: { data() {}, open(one) { one.write("stolen") } } }) }
    finally { delete Object.prototype.fd }`,
    "Bun.listen({ fd: FD, socket: { data() {} } })",
    'await fs.promises.write(FD, "stolen")',
  ],
  node: [
    `const { createServer, connect } = await import("node:http2");
    await new Promise((done, fail) => {
      const server = createServer().on("stream", (stream) => {
        try { stream.on("error", fail).respondWithFD(FD); done(); } catch (error) { stream.end(); fail(error); }
      });
      server.listen(0, () => {
        const session = connect("http://localhost:" + server.address().port).on("error", fail);
        session.request().on("error", fail).on("close", () => { session.destroy(); server.close(); }).resume();
      });
    })`,
    // An object that says which class its copy is of.
    `const list = new net.BlockList();
    const clone = Object.getOwnPropertySymbols(net.BlockList.prototype)
      .find((one) => /clone/.test(String(one)));
    Object.defineProperty(list, clone, {
      value: () => ({ data: { handle: { fd: FD } }, deserializeInfo: "internal/fs/promises:FileHandle" }),
    });
    await structuredClone(list).write("stolen")`,
    // What reading a file is made of.
    `const { createHook, executionAsyncResource } = await import("node:async_hooks");
    const seen = new Set();
    const see = (one) => { seen.add(one); if (one instanceof Promise) one.then(see, () => {}) };
    const hook = createHook({
      init: (id, type, trigger, one) => { if (type !== "PROMISE" || seen.size < 200) see(one) },
      before: () => see(executionAsyncResource()),
    }).enable();
    await fs.promises.readFile("/dev/null");
    await new Promise((done) => fs.readFile("/dev/null", done));
    hook.disable();
    for (const one of [...seen, ...process._getActiveRequests()]) {
      if (typeof one !== "object" || one === null) continue;
      if (one.constructor.name === "FileHandle") { new one.constructor(FD); return }
      if ("context" in one || one instanceof Promise) return;
    }
    throw new Error("EBADF")`,
    `const { AsyncLocalStorage } = await import("node:async_hooks");
    const store = new AsyncLocalStorage();
    store.kResourceStore = "context";
    const context = await new Promise((done) => fs.readFile("/dev/null", () => done(store.getStore())));
    if (context === undefined) throw new Error("EBADF");`,
    `const { AsyncLocalStorage } = await import("node:async_hooks");
    const store = new AsyncLocalStorage();
    let seen;
    store._propagate = (one) => { if ("context" in one) seen = one };
    store.run(1, () => fs.readFile("/dev/null", () => {}));
    await new Promise((done) => fs.readFile("/dev/null", done));
    if (seen === undefined) throw new Error("EBADF");`,
    // What a promise resolves to is asked for that.
    `Object.defineProperty(Object.prototype, "then", { configurable: true, get() {
      for (const key of Object.getOwnPropertySymbols(this)) {
        if (/kFd/.test(String(key))) this[key] = FD;
      }
    } });
    try {
      if (await fs.promises.readFile("/dev/null", "utf8") === "") throw new Error("EBADF");
    } finally { delete Object.prototype.then }`,
  ],
};

const REFUSED =
  /EBADF|EINVAL|is isolated|Unsupported fd|must be specified|FileHandle|bad file|private|Illegal invocation|AsyncLocalStorage/i;

test("an isolated interpreter neither reads nor writes what the program has open", {
  timeout: 60_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "subinterpreters-descriptors-"));
  const path = join(folder, "theirs.txt");
  const theirs = openSync(path, "w+");
  t.after(() => {
    closeSync(theirs);
    rmSync(folder, { recursive: true });
  });
  writeSync(theirs, "mine");
  const [own, other] = await connection(t);
  const heard: string[] = [];
  for (const end of [own, other]) {
    end.setEncoding("utf8").on("data", (text: string) => heard.push(text));
  }
  const interpreter = await scoped(t);
  await interpreter.run(
    'import fs from "node:fs"; import net from "node:net"; import { promisify } from "node:util";',
  );
  // Deno's number is one of a table of its own.
  const number = platform() === "linux"
    ? readdirSync("/proc/self/fd").find((name) => linkOf(name) === path)
    : theirs;
  const attempts = [
    ...[...USES, ...OWN_USES[runtime]].map((use) => [use, number] as const),
    ...descriptors().flatMap((one) => SOCKETS.map((use) => [use, one] as const)),
  ];
  for (const [use, one] of attempts) {
    const source = `await (async () => { ${use.replace(/\bFD\b/g, String(one))} })()`;
    const said = await interpreter.run(source, { timeout: 20_000 }).then(
      () => "nothing was refused",
      ({ message, cause }: Error) => `${message} ${cause instanceof Error ? cause.message : ""}`,
    );
    assert.match(said, REFUSED, source);
  }
  assert.deepEqual([readFileSync(path, "utf8"), heard], ["mine", []]);
});

function linkOf(name: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${name}`);
  } catch {
    // It was that of reading the folder.
    return undefined;
  }
}

test("fs.promises.open() inside gives handles that read, write, stream and close", {
  timeout: 60_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "subinterpreters-handles-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const interpreter = await scoped(t);
  const seen = await interpreter.evaluate(`
    import fs from "node:fs";
    import { open, readFile } from "node:fs/promises";
    const path = ${JSON.stringify(join(folder, "file.txt"))};
    const seen = [];
    const one = await open(path, "w+");
    seen.push((await one.write("hello ")).bytesWritten);
    await one.writeFile("world\\n");
    await one.appendFile(Buffer.from("more"));
    seen.push((await one.stat()).size);
    await one.truncate(8);
    const view = Buffer.alloc(20);
    seen.push((await one.read(view, 0, 20, 0)).bytesRead);
    seen.push((await one.read({ buffer: view, position: 0, length: 3 })).bytesRead);
    await one.sync();
    const closed = new Promise((done) => one.on("close", done));
    await one.close();
    await closed;
    seen.push(one.fd, await one.read(view).catch(({ code }) => code));
    const two = await open(path);
    for await (const line of two.readLines()) seen.push(line);
    const three = await open(path);
    seen.push(await three.readFile("utf8"), await readFile(three, "utf8"));
    await three.close();
    const four = await open(path, "w");
    await new Promise((done, fail) =>
      four.createWriteStream().on("error", fail).on("close", done).end("streamed"));
    seen.push(four.fd);
    const five = await open(path);
    for await (const text of fs.createReadStream(null, { fd: five, encoding: "utf8" })) seen.push(text);
    const six = await open(path);
    seen.push(await new Response(six.readableWebStream()).text());
    await six.close();
    seen`);
  assert.deepEqual(seen, [
    ...[6, 16, 8, 3, -1, "EBADF", "hello wo", "hello wo", "", -1, "streamed", "streamed"],
  ]);
});
