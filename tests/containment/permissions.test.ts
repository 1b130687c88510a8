// `permissions`: what a sandboxed interpreter may reach. Deno enforces them; on the others
// every test asserts that they are refused.

import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { join, relative } from "node:path";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { create, type CreateOptions, UnsupportedError } from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";
import { denied, folderOf, read, sandboxTest, withoutSpares } from "../helpers/sandbox.ts";

const timeout = 60_000;

withoutSpares();

/** For tests that are denied what they try, and leave nothing. */
const none = sharing({ permissions: "none" });
const noneFree = sharing({ permissions: "none", isolated: false });

/** A server on this machine, that goes with the test. */
async function serve(t: TestContext): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/javascript", connection: "close" });
    response.end("export const reached = true;");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("permissions without run, ffi and env deny these, on Deno and Node", { timeout }, async () => {
  const options: CreateOptions = {
    isolated: false,
    permissions: { read: true, write: true, net: true, sys: true },
  };
  if (runtime === "bun") {
    await assert.rejects(create(options), UnsupportedError);
    return;
  }
  process.argv.push("--secret");
  await using interpreter = await create(options);
  process.argv.pop();
  const refused =
    /NotCapable|ERR_ACCESS_DENIED|restricted|ERR_DLOPEN_DISABLED|addons is disabled|Requires/;
  await denied(
    interpreter,
    `import { spawn } from "node:child_process";
    await new Promise((resolve, reject) => spawn("true").on("error", reject).on("exit", resolve));`,
    refused,
  );
  await denied(interpreter, 'process.dlopen({ exports: {} }, "/nowhere.node")', refused);
  assert.deepEqual(await interpreter.evaluate("Object.keys(process.env)"), []);
  assert.deepEqual(
    await interpreter.evaluate("[...process.argv.slice(2), ...globalThis.Deno?.args ?? []]"),
    [],
  );
  assert.equal(await interpreter.evaluate('(await import("node:os")).hostname()'), hostname());
  await denied(interpreter, 'new BroadcastChannel("x")', /is sandboxed/);
});

for (
  const [permissions, remedy] of [
    ["none", /read: true, write: true, net: true, sys: true/],
    [{ read: ["/tmp"], write: true, net: true, sys: true }, /\{ read: true \}/],
    [{ read: true, write: true, net: true, sys: true, run: ["ls"] }, /permissions\.run/],
  ] as const
) {
  test(
    `permissions ${JSON.stringify(permissions)} are enforced or refused in full`,
    { timeout },
    async () => {
      if (runtime === "deno") {
        await using interpreter = await create({ permissions, isolated: false });
        await denied(interpreter, 'await new Deno.Command("true").output()');
        return;
      }
      await assert.rejects(create({ permissions }), (error) => {
        assert.ok(error instanceof UnsupportedError, String(error));
        assert.match(error.message, runtime === "node" ? remedy : /Bun cannot enforce permissions/);
        return true;
      });
    },
  );
}

sandboxTest('permissions "none" deny every kind of access', async (_, t) => {
  const interpreter = await noneFree();
  const host = await serve(t);
  const file = join(folderOf(t), "file.txt");
  for (
    const act of [
      read(file),
      `(await import("node:fs")).readFileSync(${JSON.stringify(file)})`,
      `await import(${JSON.stringify(file)})`,
      `await Deno.writeTextFile(${JSON.stringify(file)}, "changed")`,
      `await fetch("http://${host}/")`,
      `await Deno.connect({ hostname: "127.0.0.1", port: ${host.split(":")[1]} })`,
      `await import("http://${host}/module.js")`,
      `Deno.env.get("HOME")`,
      `Deno.env.toObject()`,
      `Deno.hostname()`,
      `await new Deno.Command("true").output()`,
      `(await import("node:child_process")).execFileSync("true")`,
      `Deno.dlopen("libc.so.6", {})`,
    ]
  ) await denied(interpreter, act, /NotCapable|Requires \w+ access/);
});

sandboxTest("an empty set of permissions denies what none does", async (sandbox, t) => {
  const interpreter = await sandbox({
    permissions: { net: false, read: [], env: undefined } as never,
  });
  await denied(interpreter, read(join(folderOf(t), "file.txt")));
});

test(
  "an isolated interpreter with permissions runs source, on Deno and Node",
  { timeout },
  async () => {
    const created = create({ permissions: { read: true, write: true, net: true, sys: true } });
    if (runtime === "bun") {
      await assert.rejects(created, UnsupportedError);
      return;
    }
    await using interpreter = await created;
    assert.equal(await interpreter.evaluate("1 + 1"), 2);
  },
);

test("permissions that make no sense are a TypeError that names them", async () => {
  for (
    const [permissions, message] of [
      [{ read: [""] }, /permissions\.read must not name ""/],
      [{ env: ["HOME", ""] }, /permissions\.env must not name ""/],
      [{ run: [""] }, /permissions\.run must not name ""/],
      [{ read: ["http://example.com/"] }, /permissions\.read must name paths or file: URLs/],
      [{ write: [new URL("http://example.com/")] }, /permissions\.write must name paths/],
      [{ read: ["file://host/path"] }, /permissions\.read must name paths or file: URLs/],
      [{ read: new Array(1) }, /permissions\.read must be .* an array of strings/],
      [{ net: new Set(["a"]) }, /permissions\.net must be .* an array of strings/],
      [{ reads: true }, /there is no permission "reads"; known are read/],
      [["read"], /permissions must be "inherit", "none" or an object/],
    ] as const
  ) {
    await assert.rejects(create({ permissions: permissions as never }), (error) => {
      assert.ok(error instanceof TypeError, `${JSON.stringify(permissions)}: ${String(error)}`);
      assert.match(error.message, message);
      return true;
    });
  }
});

sandboxTest(
  "permissions.read allows the paths that it names, and no way round",
  async (sandbox, t) => {
    const folder = folderOf(t);
    const other = folderOf(t);
    symlinkSync(other, join(folder, "link"));
    const interpreter = await sandbox({ permissions: { read: [folder] } });
    assert.equal(await interpreter.evaluate(read(join(folder, "file.txt"))), "text");
    await denied(interpreter, read(join(other, "file.txt")));
    await denied(interpreter, read(`${folder}/../${other.split("/").at(-1)}/file.txt`));
    await denied(interpreter, read(`${folder}-beside`));
    // What the program has put there is followed.
    assert.equal(await interpreter.evaluate(read(join(folder, "link", "file.txt"))), "text");
    await denied(
      interpreter,
      `await Deno.writeTextFile(${JSON.stringify(join(folder, "new"))}, "")`,
    );
    await denied(interpreter, `await Deno.symlink("/", ${JSON.stringify(join(folder, "root"))})`);
  },
);

sandboxTest(
  "permissions.read takes URLs, and paths from the working directory",
  async (sandbox, t) => {
    const folder = folderOf(t);
    const file = join(folder, "file.txt");
    const byUrl = await sandbox({ permissions: { read: [new URL(`file://${folder}`)] } });
    assert.equal(await byUrl.evaluate(read(file)), "text");
    const byPath = await sandbox({ permissions: { read: [relative(process.cwd(), folder)] } });
    assert.equal(await byPath.evaluate(read(file)), "text");
  },
);

sandboxTest("permissions.write allows the paths that it names", async (sandbox, t) => {
  const [folder, other] = [folderOf(t), folderOf(t)];
  const interpreter = await sandbox({ permissions: { write: [folder] } });
  const write = (to: string) => `await Deno.writeTextFile(${JSON.stringify(join(to, "new"))}, "")`;
  await interpreter.run(write(folder));
  await denied(interpreter, write(other));
  await denied(interpreter, read(join(folder, "file.txt")));
});

sandboxTest("permissions.net allows the hosts that it names", async (sandbox, t) => {
  const [host, other] = [await serve(t), await serve(t)];
  const interpreter = await sandbox({ permissions: { net: [host] } });
  assert.match(
    await interpreter.evaluate(`await (await fetch("http://${host}/")).text()`),
    /reached/,
  );
  await denied(interpreter, `await fetch("http://${other}/")`);
  await denied(interpreter, `await import("http://${host}/module.js")`, /Requires import access/);
});

sandboxTest("permissions.import allows modules of the hosts that it names", async (sandbox, t) => {
  const [host, other] = [await serve(t), await serve(t)];
  const interpreter = await sandbox({ permissions: { import: [host] } });
  const load = (from: string) => `(await import("http://${from}/module.js")).reached`;
  assert.equal(await interpreter.evaluate(load(host)), true);
  await denied(interpreter, load(other), /Requires import access/);
  await denied(interpreter, `await fetch("http://${host}/")`);
});

sandboxTest("permissions.env shows the variables that it names", async (sandbox, t) => {
  Object.assign(process.env, { SUBINTERPRETERS_SHOWN: "shown", SUBINTERPRETERS_HIDDEN: "hidden" });
  t.after(() => {
    delete process.env["SUBINTERPRETERS_SHOWN"];
    delete process.env["SUBINTERPRETERS_HIDDEN"];
  });
  const interpreter = await sandbox({ permissions: { env: ["SUBINTERPRETERS_SHOWN"] } });
  assert.deepEqual(await interpreter.evaluate("({ ...process.env })"), {
    SUBINTERPRETERS_SHOWN: "shown",
  });
  assert.equal(await interpreter.evaluate('Deno.env.get("SUBINTERPRETERS_SHOWN")'), "shown");
  await denied(interpreter, 'Deno.env.get("SUBINTERPRETERS_HIDDEN")');
  const some = await sandbox({ permissions: { env: ["SUBINTERPRETERS_S*"] } });
  assert.deepEqual(await some.evaluate("Object.keys(process.env)"), ["SUBINTERPRETERS_SHOWN"]);
  await denied(some, 'Deno.env.get("SUBINTERPRETERS_HIDDEN")');
  const all = await sandbox({ permissions: { env: true } });
  assert.equal(await all.evaluate("process.env.SUBINTERPRETERS_HIDDEN"), "hidden");
});

sandboxTest("the option env gives a sandbox variables of its own", async (sandbox) => {
  const interpreter = await sandbox({ env: { GIVEN: "yes" } });
  assert.deepEqual(await interpreter.evaluate("Deno.env.toObject()"), { GIVEN: "yes" });
  assert.equal(await interpreter.evaluate("process.env.GIVEN"), "yes");
  assert.equal(await interpreter.evaluate('Deno.env.get("HOME")'), undefined);
});

sandboxTest("permissions.sys allows the facts that it names", async (sandbox) => {
  const interpreter = await sandbox({ permissions: { sys: ["hostname"] } });
  assert.equal(await interpreter.evaluate("Deno.hostname()"), hostname());
  await denied(interpreter, "Deno.osRelease()");
});

sandboxTest("permissions.run needs isolated: false too", async (sandbox) => {
  const act = `(await new Deno.Command("true").output()).success`;
  const isolated = await sandbox({ permissions: { run: ["true"] } });
  await denied(isolated, act, /is isolated/);
  const free = await sandbox({ permissions: { run: ["true"] }, isolated: false });
  assert.equal(await free.evaluate(act), true);
  await denied(free, `await new Deno.Command("ls").output()`);
});

sandboxTest(
  "a sandbox still imports what the program has: data:, packages, the module",
  async () => {
    const interpreter = await none();
    assert.equal(
      await interpreter.evaluate('(await import("data:text/javascript,export const n = 1")).n'),
      1,
    );
    assert.equal(
      await interpreter.evaluate('typeof (await import("xstate")).createActor'),
      "function",
    );
    assert.equal(
      await interpreter.evaluate('(await import("subinterpreters")).getCurrent().id'),
      interpreter.id,
    );
  },
);

sandboxTest("a sandbox cannot change what it may do", async (_, t) => {
  const interpreter = await noneFree();
  const file = join(folderOf(t), "file.txt");
  assert.notEqual(
    await interpreter.evaluate('(await Deno.permissions.request({ name: "read" })).state'),
    "granted",
  );
  await denied(interpreter, read(file));
  const raw =
    `new Worker("data:text/javascript,", { type: "module", deno: { permissions: { read: true } } })`;
  await denied(interpreter, raw, /is sandboxed/);
});

sandboxTest(
  "a sandbox shares no place with other threads that it was not handed",
  async () => {
    const interpreter = await none();
    for (
      const act of [
        'new BroadcastChannel("x")',
        '(() => { const { BroadcastChannel } = process.getBuiltinModule("worker_threads"); new BroadcastChannel("x"); })()',
        'import { BroadcastChannel as Other } from "node:worker_threads"; new Other("x")',
        'await navigator.locks.request("x", () => {})',
        'prompt("Password:")',
      ]
    ) await denied(interpreter, act, /is sandboxed/);
    for (const name of ["caches", "localStorage", "sessionStorage"]) {
      assert.equal(await interpreter.evaluate(`typeof globalThis.${name}`), "undefined", name);
    }
    assert.equal(await interpreter.evaluate("Deno.stdin.readSync(new Uint8Array(1))"), null);
  },
);

for (
  const [permissions, message] of [
    [{ net: ["http://example.com/"] }, /permissions are not what Deno takes.*URLs/],
    [{ sys: ["nonsense"] }, /permissions are not what Deno takes.*nonsense/],
  ] as const
) {
  sandboxTest(
    `create() refuses permissions ${JSON.stringify(permissions)} by a TypeError`,
    async () => {
      await assert.rejects(create({ permissions }), (error) => {
        assert.ok(error instanceof TypeError, String(error));
        assert.match(error.message, message);
        return true;
      });
    },
  );
}
