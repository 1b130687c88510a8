// Source can import the module's own files. What it gets there is nothing that its
// interpreter works with: not the wire, not flow control, not the host's bell.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as subinterpreters from "subinterpreters";
import { createChannel } from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { fixturesIn, GUEST_FILES, ownFiles } from "../helpers/own_files.ts";

const shared = sharing({ stdout: "capture", functions: { double: (n: number) => 2 * n } });
const FIXTURES = new URL("./fixtures/", import.meta.url);

test("import() of the files of an interpreter's thread gives nothing, by any way", async (t) => {
  const interpreter = await shared();
  const folder = mkdtempSync(join(tmpdir(), "subinterpreters-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [index, file] of GUEST_FILES.entries()) {
    const link = join(folder, `${index}.js`);
    symlinkSync(fileURLToPath(file), link);
    const data = `export * from ${JSON.stringify(file)}`;
    const names = await interpreter.evaluate(
      `import { createRequire } from "node:module";
      const exported = async (load) => {
        try {
          const { default: all, ...others } = await load();
          return Object.entries({ ...all, ...others })
            .filter(([, value]) => ["function", "object"].includes(typeof value));
        } catch {
          // Refused.
          return [];
        }
      };
      const file = ${JSON.stringify(file)};
      await Promise.all([
        () => import(file),
        () => import(file + "?again"),
        () => import(${JSON.stringify(pathToFileURL(link).href)}),
        () => import("data:text/javascript," + encodeURIComponent(${JSON.stringify(data)})),
        () => eval("import(file)"),
        () => new Function("file", "return import(file)")(file),
        () => createRequire(file)(new URL(file).pathname),
        () => require(new URL(file).pathname),
      ].map(exported))`,
    );
    assert.deepEqual((names as unknown[][]).flat(), [], file);
  }
  assert.equal(await interpreter.evaluate("1 + 1"), 2);
});

test("classes of the module's own files see nothing of what an interpreter does", async () => {
  const interpreter = await shared();
  const seen = await interpreter.evaluate(`
    import * as door from "subinterpreters";
    const imported = ${JSON.stringify(ownFiles())}.map((file) => import(file).catch(() => ({})));
    const exported = (await Promise.all(imported)).flatMap((one) => Object.entries(one));
    const offered = new Set(Object.values(door)), seen = new Set();
    const isHidden = ([, value]) => typeof value === "function" && !offered.has(value);
    let hooked = 0;
    for (const [name, { prototype }] of exported.filter(isHidden)) {
      for (const key of prototype === undefined ? [] : Reflect.ownKeys(prototype)) {
        const { value, writable } = Reflect.getOwnPropertyDescriptor(prototype, key);
        if (key === "constructor" || typeof value !== "function" || !writable) continue;
        hooked++;
        prototype[key] = function (...args) {
          seen.add(name + "." + String(key));
          return Reflect.apply(value, this, args);
        };
      }
    }
    const [recv, send] = door.createChannel();
    console.log("text");
    send.sendNowait(await door.host.double(21));
    await recv.recv();
    door.listAll();
    recv.close();
    [hooked > 30, ...seen]
  `);
  assert.deepEqual(seen, [true]);
});

test("source does not find the host's bell in the module's own files", async () => {
  const { hostWords } = await import("subinterpreters/src/channel/wake/host_bell.ts");
  const [file] = ownFiles().filter((one) => /channel\/wake\/host_bell\.[jt]s$/.test(one));
  const interpreter = await shared();
  const other = await interpreter.evaluate(`
    const { hostWords } = await import(${JSON.stringify(file)});
    Atomics.store(hostWords(), 0, 1234567)`);
  assert.equal(other, 1234567);
  assert.ok(Atomics.load(hostWords(), 0) < 1234567);
});

test("writers of the module's own files write to the capture", async (t) => {
  const interpreter = await scoped(t, { stdout: "capture" });
  const written = await interpreter.evaluate<number>(`
    let written = 0;
    for (const file of ${JSON.stringify(ownFiles())}) {
      const { writeDescriptor } = await import(file).catch(() => ({}));
      if (writeDescriptor === undefined) continue;
      writeDescriptor(1, new TextEncoder().encode("from a file,"));
      written++;
    }
    console.log("end");
    written`);
  await interpreter.close();
  let text = "";
  for await (const piece of interpreter.stdout) text += piece;
  assert.equal(text, `${"from a file,".repeat(written)}end\n`);
});

test("source makes no second guest of the module's own files", async (t) => {
  const interpreter = await scoped(t);
  const folder = mkdtempSync(join(tmpdir(), "subinterpreters-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const copy = join(folder, "copy.mjs");
  cpSync(new URL(GUEST_FILES[1]!), copy);
  const posted = await interpreter.evaluate(`
    import { MessageChannel, workerData } from "node:worker_threads";
    const { port1, port2 } = new MessageChannel();
    const bell = new SharedArrayBuffer(64);
    const message = { port: port2, boot: {
      id: 7, isolated: true, hostBell: bell, guestBell: bell, lockName: "mine", functions: [],
      baseUrl: "file:///", env: {}, args: [], output: { stdout: "direct", stderr: "direct" },
    } };
    Object.defineProperty(globalThis, "subinterpreters\\u00b7message", { value: message, configurable: true });
    await import(${JSON.stringify(pathToFileURL(copy).href)});
    "subinterpreters\\u00b7message" in globalThis`);
  assert.equal(posted, false);
  assert.equal(await interpreter.evaluate("6 * 7"), 42);
});

test("a module file that imports the module works with the interpreter's own", async (t) => {
  const folder = fixturesIn(t, FIXTURES);
  const interpreter = await scoped(t, {
    baseUrl: folder,
    functions: { double: (n: number) => 2 * n },
  });
  const [recv, send] = createChannel();
  const used = await interpreter.evaluate(
    `import * as door from "subinterpreters";
    import { all, twice, use } from "./uses_module.mjs";
    const differing = Object.keys(door).filter((name) => door[name] !== all[name]);
    ({ ...use(send), twice: await twice(21), differing })`,
    { channels: { send } },
  );
  assert.deepEqual(used, {
    isOurs: true,
    isShareable: true,
    isTheSame: true,
    afterClose: [true, false, false],
    notShareable: [false, true, true],
    noEnd: [false, false, true],
    twice: 42,
    differing: [],
  });
  const [back, own, inner] = recv.recvNowait() as [typeof send, typeof send, typeof interpreter];
  assert.ok(back.equals(send));
  assert.equal(own.isClosed, true);
  assert.equal(inner, interpreter);
});

test("import() of the module inside has the exports of the program's, by the same names", async () => {
  const interpreter = await shared();
  const names = Object.entries(subinterpreters).map(([key, value]) => [
    key,
    typeof value === "function" ? value.name : typeof value,
  ]);
  const inside = await interpreter.evaluate(`
    Object.entries(await import("subinterpreters")).map(([key, value]) =>
      [key, typeof value === "function" ? value.name : typeof value])`);
  assert.deepEqual(inside, names.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1)));
});

test("methods that source puts on prototypes see no port, no bell and nothing of the wire", async (t) => {
  const interpreter = await scoped(t, {
    stdout: "capture",
    functions: { double: (n: number) => 2 * n },
  });
  const [isWatching, ...seen] = await interpreter.evaluate<unknown[]>(`
    import * as door from "subinterpreters";
    const { apply, construct, defineProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;
    const isInstance = Function.prototype[Symbol.hasInstance];
    const TypedArray = Object.getPrototypeOf(Int32Array);
    const bufferOf = getOwnPropertyDescriptor(TypedArray.prototype, "buffer").get;
    const lengthOf = getOwnPropertyDescriptor(SharedArrayBuffer.prototype, "byteLength").get;
    const is = (value, type) => apply(isInstance, type, [value]);
    const { MessagePort, ArrayBuffer: { isView } } = globalThis, seen = { __proto__: null };
    let calls = 0, isOn = false;
    const look = (where, value) => {
      if (value === null || typeof value !== "object") return;
      const isArray = isView(value) && is(value, TypedArray);
      const buffer = isArray ? apply(bufferOf, value, []) : value;
      // Bells have 8 and 16 bytes; a channel's memory is its interpreter's own.
      const isBell = buffer !== SharedArrayBuffer.prototype && is(buffer, SharedArrayBuffer) && apply(lengthOf, buffer, []) <= 64;
      const has = (key) => getOwnPropertyDescriptor(value, key) !== undefined;
      if (isBell || is(value, MessagePort) || has("guestBell") || has("post")) seen[where] = true;
    };
    const watched = (original, where) => function watching(...args) {
      if (isOn) {
        isOn = false;
        calls++;
        look(where, this);
        for (let n = 0; n < args.length; n++) look(where, args[n]);
        isOn = true;
      }
      if (new.target === undefined) return apply(original, this, args);
      return construct(original, args, new.target === watching ? original : new.target);
    };
    const classes = ownKeys(globalThis).map((key) => getOwnPropertyDescriptor(globalThis, key).value)
      .filter((value) => typeof value === "function" && typeof value.prototype === "object");
    const owners = [...classes, TypedArray].map(({ prototype }) => prototype)
      .concat(Reflect, Object, Atomics, JSON, Promise, Array, Object.getPrototypeOf([].values()));
    for (const owner of owners) {
      for (const key of owner === null ? [] : ownKeys(owner)) {
        const own = getOwnPropertyDescriptor(owner, key), changed = { ...own };
        if (key === "constructor" || key === "__proto__" || !own.configurable) continue;
        for (const kind of ["value", "get", "set"]) {
          if (typeof own[kind] === "function") changed[kind] = watched(own[kind], String(key));
        }
        defineProperty(owner, key, changed);
      }
    }
    isOn = true;
    const [recv, send] = door.createChannel();
    send.sendNowait([send, new Map([[1, new Uint8Array(70_000)]]), new Error("an error")]);
    await recv.recv();
    const sent = send.send(1);
    recv.recvSync();
    await sent;
    console.log(await door.host.double(21));
    process.stdout.write("text");
    door.listAll();
    recv.close();
    isOn = false;
    [calls > 100, ...ownKeys(seen)]`);
  assert.deepEqual([isWatching, ...seen], [true]);
});
