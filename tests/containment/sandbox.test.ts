// What a sandboxed interpreter is beside its permissions: killed, limited, kept warm and
// given its channels as any other, and without more of them.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  configure,
  create,
  createChannel,
  type CreateOptions,
  createQueue,
  createSync,
  InterpreterError,
  listAll,
} from "subinterpreters";
import { denied, folderOf, read, sandboxTest, withoutSpares } from "../helpers/sandbox.ts";
import { until } from "../helpers/until.ts";

sandboxTest(
  "a sandbox that loops ends at its timeout, and its neighbours go on",
  async (sandbox) => {
    const [first, second] = [await sandbox(), await sandbox()];
    await second.run("let kept = 1;");
    await assert.rejects(first.run("for (;;);", { timeout: 50 }), { reason: "timeout" });
    assert.equal(await second.evaluate("kept"), 1);
    await assert.rejects(second.run("Deno.exit(4)"), { reason: "exit", exitCode: 4 });
  },
);

sandboxTest("no spare is handed out with other permissions than were asked for", async (_, t) => {
  configure({ spares: 1 });
  t.after(() => configure({ spares: 0 }));
  const [folder, other] = [folderOf(t), folderOf(t)];
  const reads = async (permissions: CreateOptions["permissions"]) => {
    await using interpreter = await create({ permissions: permissions! });
    const results = [];
    for (const one of [folder, other]) {
      results.push(
        await interpreter.evaluate<string>(
          `await Deno.readTextFile(${
            JSON.stringify(join(one, "file.txt"))
          }).catch((error) => error.name)`,
        ),
      );
    }
    return results;
  };
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(await reads("inherit"), ["text", "text"]);
    assert.deepEqual(await reads({ read: [folder] }), ["text", "NotCapable"]);
    assert.deepEqual(await reads("none"), ["NotCapable", "NotCapable"]);
    assert.deepEqual(await reads({ read: [other] }), ["NotCapable", "text"]);
    assert.deepEqual(await reads({ read: [other, folder], net: true }), ["text", "text"]);
  }
});

sandboxTest("a sandbox is taken from the spares whatever its name is", async (sandbox) => {
  let round = 0;
  await until(async () => {
    const asked = performance.timeOrigin + performance.now();
    const interpreter = await sandbox({ name: `name ${round++}` });
    return await interpreter.evaluate<number>("performance.timeOrigin") < asked;
  }, { withinMs: 20_000, what: "a spare is taken" });
  assert.ok(round <= 3, String(round));
});

sandboxTest("many sandboxes at once are all of them sandboxes", async (sandbox, t) => {
  // The other tests use each set of permissions once, and spares would cost twice what they do.
  t.after(withoutSpares);
  const all = await Promise.all(Array.from({ length: 8 }, () => sandbox()));
  const states = await Promise.all(
    all.map((one) => one.evaluate('Deno.permissions.querySync({ name: "read" }).state')),
  );
  assert.ok(states.every((state) => state !== "granted"), String(states));
  assert.equal(new Set(all.map(({ id }) => id)).size, 8);
});

sandboxTest("a sandbox takes no signal from the program", async (sandbox) => {
  const interpreter = await sandbox({ isolated: false });
  await denied(interpreter, 'Deno.addSignalListener("SIGINT", () => {})', /is sandboxed/);
  await interpreter.run('process.on("SIGINT", () => {})');
});

sandboxTest("a sandbox keeps to limits.memoryMiB", async (sandbox) => {
  const interpreter = await sandbox({ limits: { memoryMiB: 32 } });
  await assert.rejects(
    interpreter.run("let list; for (;;) list = { list, kept: true };", { timeout: 30_000 }),
    { reason: "out of memory" },
  );
});

sandboxTest("createSync() makes a sandbox, and runSync() uses it", async (_, t) => {
  const interpreter = createSync({ permissions: "none" });
  t.after(() => interpreter[Symbol.asyncDispose]());
  assert.throws(() => interpreter.runSync(read(join(folderOf(t), "file.txt"))), /NotCapable/);
  assert.equal(interpreter.evaluateSync("6 * 7"), 42);
  interpreter.closeSync();
  await assert.rejects(interpreter.run(""), InterpreterError);
});

const PACKAGES = [
  'import "npm:no-such-1"',
  'await import("n\\tpm:no-such-2")',
  'await import(" NPM:no-such-3")',
  `await import("data:text/javascript,import '\\\\x6epm:no-such-4'")`,
  'await import("data:text/javascript,export%20*%20from%20%22npm%3Ano-such-5%22")',
  `await import("data:text/javascript;base64," + btoa("import 'npm:no-such-6'"))`,
  `await import(URL.createObjectURL(new Blob(["import 'npm:no-such-7'"], { type: "text/javascript" })))`,
  `await eval("import('npm:no-such-8')")`,
  'process.getBuiltinModule("module").createRequire("file:///x.js")("npm:no-such-9")',
  'import "./chain.mjs"',
  // Escapes may have as many digits as they like, and data: URLs may be in each other.
  `await import("data:text/javascript,import '\\\\u{0000006e}pm:no-such-11'")`,
  `await import("data:text/javascript,import 'data:text/javascript,import%2520%2522np%256d:no-such-12%2522'")`,
  // Text that is not in UTF-8.
  'await import("data:text/javascript;charset=utf-16le," + utf16("import \'npm:no-such-13\'"))',
  `await import("data:text/javascript;charset=iso-2022-jp,import 'n%1B(Bpm:no-such-14'")`,
  'import "./utf16.mjs"',
  // Files and blobs by way of data.
  `await import("data:text/javascript,import '" + new URL("end.mjs", import.meta.url) + "'")`,
  `const blob = URL.createObjectURL(new Blob(["import 'npm:no-such-15'"], { type: "text/javascript" }));
  await import("data:text/javascript,import '" + blob + "'")`,
  // Files whose names are hidden between quotes, in capitals, in templates or without quotes.
  ...["quotes", "quoted", "capitals", "template", "jsx"].map((name) => `import "./${name}.tsx"`),
];

const UTF16 =
  'const utf16 = (text) => [...text].map((one) => "%" + one.charCodeAt().toString(16) + "%00").join("");';

sandboxTest("a sandbox asks no registry for a package without import", async (sandbox, t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, "chain.mjs"), 'export * from "./\\x65nd.mjs";');
  writeFileSync(join(folder, "end.mjs"), "import'n\\\npm:no-such-10'");
  writeFileSync(join(folder, "utf16.mjs"), "\ufeffimport 'npm:no-such-16'", "utf16le");
  writeFileSync(join(folder, "o'clock.mjs"), "import'npm:no-such-17'");
  writeFileSync(join(folder, "quotes.tsx"), `/* '/ */ import "./end.mjs"`);
  writeFileSync(join(folder, "quoted.tsx"), `import "./o'clock.mjs"`);
  writeFileSync(join(folder, "capitals.tsx"), `import " FILE://${folder}/end.mjs"`);
  writeFileSync(join(folder, "template.tsx"), "export const end = () => import(`./end.mjs`)");
  writeFileSync(join(folder, "jsx.tsx"), "/** @jsxImportSource ./end */ export default <a />");
  writeFileSync(join(folder, "fine.mjs"), 'import "./file.mjs"; export const fine = 1;');
  writeFileSync(join(folder, "file.mjs"), 'import "./fine.mjs";');
  const interpreter = await sandbox({
    permissions: { read: [folder], write: [folder] },
    baseUrl: `${folder}/`,
  });
  for (const source of PACKAGES) {
    await denied(
      interpreter,
      `${UTF16}\n${source}`,
      /without the permission import|a blob; import|another charset|JSX comes from a file/,
    );
  }
  assert.equal(await interpreter.evaluate('(await import("./fine.mjs")).fine'), 1);
  assert.equal(
    await interpreter.evaluate('(await import("data:text/javascript,export default 1")).default'),
    1,
  );
});

sandboxTest("a sandbox imports no module whose source map is a file", async (sandbox) => {
  const interpreter = await sandbox({ permissions: { import: true } });
  const mark = "//# sourceMappingURL=";
  const module = (url: string) =>
    `await import("data:text/javascript," + ${
      JSON.stringify(encodeURIComponent(`export default 1\n${mark}${url}`))
    })`;
  await denied(interpreter, module("file:///dev/zero"), /source map is elsewhere/);
  await denied(interpreter, module("../zero"), /source map is elsewhere/);
  await interpreter.run(module("data:application/json,{}"));
});

sandboxTest("a sandbox learns by baseUrl of no file what it may not read", async (sandbox, t) => {
  const folder = folderOf(t);
  const paths = [folder, join(folder, "file.txt"), join(folder, "missing")];
  const interpreter = await sandbox();
  const seen = await interpreter.evaluate(`
    import { create } from "subinterpreters";
    const seen = [];
    for (const path of ${JSON.stringify(paths)}) {
      await using child = await create({ baseUrl: path });
      seen.push(await child.evaluate("import.meta.url"));
    }
    seen`);
  assert.deepEqual(seen, paths.map((path) => `file://${path}/`));
});

sandboxTest("a creation that is aborted leaves no sandbox behind", async () => {
  const controller = new AbortController();
  const creation = create({ permissions: { sys: ["uid"] }, signal: controller.signal });
  controller.abort(new Error("changed my mind"));
  await assert.rejects(creation, /changed my mind/);
  assert.equal(listAll().length, 1);
});

sandboxTest("a sandbox creates sandboxes that may do no more", async (sandbox, t) => {
  const folder = folderOf(t);
  const interpreter = await sandbox({ permissions: { read: [folder] } });
  const inside = (options: string, source: string) => `
    await (async () => {
      const { create } = await import("subinterpreters");
      await using child = await create(${options});
      return await child.evaluate(${JSON.stringify(source)});
    })()`;
  const file = join(folder, "file.txt");
  assert.equal(await interpreter.evaluate(inside("", read(file))), "text");
  await denied(interpreter, inside('{ permissions: "none" }', read(file)), /NotCapable/);
  await denied(interpreter, inside("{ permissions: { net: true } }", "1"), /permissions exceed/);
  await denied(interpreter, inside('{ permissions: { read: ["/"] } }', "1"), /permissions exceed/);
  await denied(interpreter, inside("", read(join(folderOf(t), "file.txt"))), /NotCapable/);
});

sandboxTest(
  "a sandbox knows the channels that it made or was handed, and no others",
  async (sandbox) => {
    const [recv, send] = createChannel();
    const [hidden] = createChannel();
    const interpreter = await sandbox();
    const seen = `(await import("subinterpreters")).listAllChannels().map(([end]) => end.id)`;
    assert.deepEqual(await interpreter.evaluate(seen), []);
    await interpreter.run("send.sendNowait(42)", { channels: { send } });
    assert.equal(recv.recvNowait(), 42);
    assert.deepEqual(await interpreter.evaluate(seen), [send.id]);
    await denied(
      interpreter,
      `const { RecvChannel } = await import("subinterpreters"); new RecvChannel(${hidden.id}).recvNowait()`,
      /ChannelNotFoundError/,
    );
    const own = `const [mine] = (await import("subinterpreters")).createChannel(); mine.id`;
    const made = await interpreter.evaluate<number>(own);
    assert.deepEqual(await interpreter.evaluate(seen), [send.id, made]);
  },
);

sandboxTest("a sandbox sees itself, the main interpreter and what it created", async (sandbox) => {
  const [one] = [await sandbox(), await sandbox()];
  const ids = `(await import("subinterpreters")).listAll().map(({ id }) => id)`;
  assert.deepEqual(await one.evaluate(ids), [0, one.id]);
});

sandboxTest(
  "a sandbox reaches the channels that are in its values, and no others",
  async (make) => {
    const sandbox = await make();
    const [recv, send] = createChannel();
    const [other] = createChannel();
    await sandbox.run("list[0].sendNowait('hello')", { values: { list: [send] } });
    assert.equal(recv.recvNowait(), "hello");
    const source =
      `import { RecvChannel } from "subinterpreters"; new RecvChannel(id).recvNowait()`;
    await assert.rejects(
      sandbox.run(source, { values: { id: other.id } }),
      new RegExp(`^RunFailedError: ChannelNotFoundError`),
    );
  },
);

sandboxTest(
  "a sandbox uses the queues that it made or was handed, and no others",
  async (make) => {
    const sandbox = await make();
    const [handed, other] = [createQueue<string>(), createQueue<string>()];
    const seen = `(await import("subinterpreters")).listAllQueues().map(({ id }) => id)`;
    assert.deepEqual(await sandbox.evaluate(seen), []);
    await sandbox.run("await list[0].put('hello')", { values: { list: [handed] } });
    assert.equal(handed.getNowait(), "hello");
    const own = await sandbox.evaluate<number>(
      `var own = (await import("subinterpreters")).createQueue(); own.putNowait(1); own.id`,
    );
    assert.deepEqual(await sandbox.evaluate(seen), [handed.id, own]);
    const found = `const { Queue } = await import("subinterpreters"); new Queue(${other.id})`;
    await denied(sandbox, found, /QueueNotFoundError/);
    // As a handle in an item of its own: who deposits a key must reach it.
    const forged = `
      const { createChannel, Queue } = await import("subinterpreters");
      const [recv, send] = createChannel();
      send.sendNowait(Object.create(Queue.prototype, { id: { value: ${other.id} } }));
      recv.recvNowait().putNowait("mine");`;
    await denied(sandbox, forged, /QueueNotFoundError/);
    handed.putNowait(other as never);
    await sandbox.run("(await list[0].get()).putNowait('now it may')");
    assert.equal(other.getNowait(), "now it may");
  },
);
