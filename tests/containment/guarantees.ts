// What docs/enforcement.md promises, row by row: each is attempted from inside an interpreter.
// An attempt that fails for another reason than a refusal throws: no row is right by accident.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createChannel, type PermissionSet } from "subinterpreters";
import {
  endsFor,
  type Guarantee,
  isRefused,
  withFolder,
  within,
  withinShared,
  withServer,
} from "../helpers/attempts.ts";
import type { Observation } from "../helpers/enforcement_table.ts";
import { GUEST_FILES, ownFiles } from "../helpers/own_files.ts";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";
import { descriptorsAndStreams } from "./guarantees_streams.ts";
import { burns, THREAD } from "../helpers/thread.ts";
import { bounds } from "./bounds.ts";
import { ofTheProgram } from "./answer_guarantees.ts";
import { ofIsolated, ofSandboxes } from "./builtin_guarantees.ts";

const ENDLESS: Readonly<Record<string, string>> = {
  "An endless loop": "for (;;);",
  "A loop that try/finally renews": "for (;;) { try { for (;;); } finally { continue; } }",
  "Endless microtasks":
    "await new Promise(() => { const go = () => Promise.resolve().then(go); go(); });",
  "`Atomics.wait` without an end": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
  "Code that awaits for ever": "await new Promise(() => {});",
  "A listener for `signal` that loops": `import { signal } from "subinterpreters";
    signal.onabort = () => { for (;;); }; await new Promise(() => {});`,
  "A loop of timeouts of `node:vm`": `
    const { runInThisContext } = process.getBuiltinModule("node:vm");
    for (;;) { try { runInThisContext("for (;;);", { timeout: 1 }); } catch {} }`,
  // The last two, and they end some day: no later row is to suffer from them.
  "A WebAssembly loop": `new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(
    [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 8, 1, 0, 10, 25, 1, 23, 1,
     1, 126, 3, 64, 32, 0, 66, 1, 124, 34, 0, 66, 128, 240, 133, 218, 44, 84, 13, 0, 11, 11])));`,
  "A runaway regular expression": '/^(a+)+$/.test("a".repeat(33) + "b");',
};

/** Long enough to be in the middle of it, on a busy machine too: killed before, all of it ends. */
const AMID_MS = 150;

const stops: Guarantee[] = Object.entries(ENDLESS).map(([what, source]) => ({
  section: "Stopping a run",
  guarantee: `${what} ends at its \`timeout\` and uses no more CPU`,
  observe: () =>
    within({}, async (interpreter) => {
      const thread = await interpreter.evaluate<string | null>(THREAD);
      const ended = await endsFor("timeout", interpreter.run(source, { timeout: AMID_MS }));
      return await burns(thread) ? "not enforced" : ended;
    }),
}));

stops.push({
  section: "Stopping a run",
  guarantee: '`onTimeout: "interrupt"` stops synchronous code and keeps the namespace',
  observe: () =>
    within({}, async (interpreter) => {
      await interpreter.run("let kept = 1;");
      const run = interpreter.run("for (;;);", { timeout: 100, onTimeout: "interrupt" });
      await endsFor("timeout", run);
      try {
        return await interpreter.evaluate("kept") === 1 ? "enforced" : "not enforced";
      } catch {
        return "not enforced";
      }
    }),
});

const limits: Guarantee[] = [
  {
    section: "Limits",
    guarantee: "Filling the heap past `limits.memoryMiB` ends that interpreter alone",
    observe: () =>
      within({ limits: { memoryMiB: 64 } }, (interpreter) =>
        endsFor(
          "out of memory",
          interpreter.run("let list; for (;;) list = { list, kept: true };", {
            timeout: 30_000,
          }),
        )),
  },
  {
    section: "Limits",
    guarantee: "Filling `ArrayBuffer`s past `limits.memoryMiB` ends that interpreter alone",
    observe: () =>
      within({ limits: { memoryMiB: 64 } }, (interpreter) =>
        endsFor(
          "out of memory",
          interpreter.run(
            "const all = []; for (let n = 0; n < 12; n++) all.push(new Uint8Array(2 ** 24).fill(1));",
            { timeout: 30_000 },
          ),
        )),
  },
  {
    section: "Limits",
    guarantee: "One large array past `limits.memoryMiB` ends that interpreter alone",
    // It takes the process with it.
    async observe() {
      const { stdout } = await spawnScript(`
        import process from "node:process";
        import { create } from "subinterpreters";
        try {
          const interpreter = await create({ limits: { memoryMiB: 64 } });
          await interpreter.run("new Array(2 ** 25).fill(0).sort((a, b) => a - b)");
        } catch (error) {
          if (error.name === "UnsupportedError") console.log("refused");
          else if (error.reason === "out of memory") console.log("enforced");
        }
        process.exit();
      `);
      const [seen = "not enforced"] = stdout.match(/refused|enforced/) ?? [];
      return seen as Observation;
    },
  },
  {
    section: "Limits",
    guarantee: "`limits.stackMiB` sets the depth of recursion",
    async observe() {
      const depth = "let n = 0; const down = () => { n++; down(); }; try { down(); } catch {} n";
      let deeper = 0;
      const refused = await within({ limits: { stackMiB: 4 } }, async (interpreter) => {
        deeper = await interpreter.evaluate<number>(depth);
        return "enforced";
      });
      if (refused === "refused") return refused;
      return within(
        { limits: { stackMiB: 1 } },
        async (interpreter) =>
          await interpreter.evaluate<number>(depth) * 2 < deeper ? "enforced" : "not enforced",
      );
    },
  },
  {
    section: "Limits",
    guarantee: "Output past `limits.outputBytes` ends that interpreter",
    observe: () =>
      within(
        { stdout: "ignore", limits: { outputBytes: 1000 } },
        (interpreter) =>
          endsFor(
            "output limit",
            interpreter.run('console.log("x".repeat(2000)); for (;;);', {
              timeout: 20_000,
            }),
          ),
      ),
  },
  {
    section: "Limits",
    guarantee: "An item past `limits.messageBytes` is not sent",
    observe: () =>
      within({ limits: { messageBytes: 1000 } }, async (interpreter) => {
        const [recv, send] = createChannel();
        await interpreter.run(
          'try { out.sendNowait("x".repeat(2000)); } catch (error) { if (!(error instanceof RangeError)) throw error; }',
          { channels: { out: send } },
        );
        return recv.recvNowait() === null ? "enforced" : "not enforced";
      }),
  },
  {
    section: "Limits",
    guarantee: "Source that takes longer than `limits.compileMs` to compile is refused",
    observe: () =>
      within({ limits: { compileMs: 50 } }, async (interpreter) => {
        const levels = 40;
        const source = `${"(a ? (b) : c => ".repeat(levels)}d${")".repeat(levels)};let x: number`;
        const start = performance.now();
        await interpreter.run(source).catch(() => {});
        // Without a limit it takes years.
        return performance.now() - start < 20_000 ? "enforced" : "not enforced";
      }),
  },
];

const PERMISSIONS = ["read", "write", "net", "env", "sys", "run", "ffi", "import"] as const;

/** Everything but one permission. */
function allBut(name: keyof PermissionSet): PermissionSet {
  return Object.fromEntries(PERMISSIONS.map((one) => [one, one !== name]));
}

const START_PROCESS = `import { execFileSync } from "node:child_process"; execFileSync("true");`;

/** What each permission keeps from happening. */
const ATTEMPTS: Partial<
  Record<
    keyof PermissionSet,
    (use: (source: string) => Promise<Observation>) => Promise<Observation>
  >
> = {
  read: (use) =>
    withFolder((folder) =>
      use(
        `import { readFileSync } from "node:fs"; readFileSync(${
          JSON.stringify(join(folder, "secret.txt"))
        });`,
      )
    ),
  write: (use) =>
    withFolder((folder) =>
      use(
        `import { writeFileSync } from "node:fs"; writeFileSync(${
          JSON.stringify(join(folder, "new.txt"))
        }, "x");`,
      )
    ),
  net: (use) =>
    withServer((port) =>
      use(`import { connect } from "node:net";
        await new Promise((resolve, reject) => {
          const socket = connect(${port}, "127.0.0.1", () => { socket.destroy(); resolve(); });
          socket.on("error", reject);
        });`)
    ),
  env: (use) =>
    use(
      `if (process.env.PATH === undefined) throw new Error("The environment requires env access");`,
    ),
  sys: (use) => use(`import { hostname } from "node:os"; hostname();`),
  run: (use) =>
    use(`import { spawn } from "node:child_process";
      await new Promise((resolve, reject) => spawn("true").on("error", reject).on("exit", resolve));`),
  ffi: (use) => use("process.dlopen({ exports: {} }, '/nowhere.node');"),
};

const permissions: Guarantee[] = Object.entries(ATTEMPTS).map(([name, attempt]) => ({
  section: "Permissions",
  guarantee: `\`permissions\` without \`${name}\` denies it`,
  observe: () =>
    attempt((source) =>
      within(
        { isolated: false, permissions: allBut(name as keyof PermissionSet) },
        (interpreter) => isRefused(interpreter.run(source, { timeout: 20_000 })),
      )
    ),
}));

permissions.push({
  section: "Permissions",
  guarantee: "`permissions` without `import` denies modules from the network",
  observe: () =>
    runtime === "node"
      ? Promise.resolve("does not apply")
      : withServer((port) =>
        within({ permissions: allBut("import") }, (interpreter) =>
          isRefused(interpreter.run(`await import("http://127.0.0.1:${port}/module.js");`)))
      ),
}, {
  section: "Permissions",
  guarantee: "`permissions` without `import` keeps package names from npm's registry",
  observe: () =>
    runtime === "node"
      ? Promise.resolve("does not apply")
      : within({ permissions: allBut("import") }, (interpreter) =>
        isRefused(interpreter.run(`await import("data:text/javascript,import 'npm:x'");`))),
}, {
  section: "Permissions",
  guarantee: '`permissions: "none"` denies all of these',
  observe: () =>
    withFolder((folder) =>
      withinShared("sandbox", (interpreter) =>
        isRefused(
          interpreter.run(
            `import { readFileSync } from "node:fs"; readFileSync(${
              JSON.stringify(join(folder, "secret.txt"))
            });`,
          ),
        ))
    ),
}, {
  section: "Permissions",
  guarantee: "A sandbox reaches no channel that it was not handed",
  observe: () =>
    withinShared("sandbox", async (interpreter) => {
      const [recv] = createChannel();
      const forged = await interpreter.evaluate<string>(
        `const { SendChannel } = await import("subinterpreters");
        (() => { try { new SendChannel(${recv.id}).sendNowait(1); return "sent"; } catch (error) { return error.name; } })()`,
      );
      return forged === "ChannelNotFoundError" && recv.recvNowait() === null
        ? "enforced"
        : "not enforced";
    }),
}, {
  section: "Permissions",
  guarantee: "A sandbox opens no `BroadcastChannel`",
  observe: () =>
    withinShared(
      "sandbox",
      (interpreter) => isRefused(interpreter.run('new BroadcastChannel("x");')),
    ),
}, {
  section: "Permissions",
  guarantee: "An endless loop in a sandbox ends at its `timeout`",
  observe: () =>
    withinShared(
      "sandbox",
      (interpreter) => endsFor("timeout", interpreter.run("for (;;);", { timeout: 100 })),
    ),
});

/** What `isolated: true` keeps source from doing to the process. */
const ACTS: Readonly<Record<string, string>> = {
  "starts no process (`node:child_process`)": START_PROCESS,
  "starts no raw worker (`node:worker_threads`)":
    `import { Worker } from "node:worker_threads"; new Worker("", { eval: true });`,
  "does not change the working directory":
    `import process from "node:process"; process.chdir("/");`,
};

const isolation: Guarantee[] = Object.entries(ACTS).map(([what, source]) => ({
  section: "Isolation (the default)",
  guarantee: `It ${what}`,
  async observe() {
    const before = process.cwd();
    const observation = await withinShared(
      "plain",
      (interpreter) => isRefused(interpreter.run(source)),
    );
    process.chdir(before);
    return observation;
  },
}));

isolation.push({
  section: "Isolation (the default)",
  guarantee: "`process.exit` ends the interpreter alone",
  observe: () => within({}, (interpreter) => endsFor("exit", interpreter.run("process.exit(3);"))),
}, {
  section: "Isolation (the default)",
  guarantee: "Its environment variables are a copy",
  observe: () =>
    withinShared("plain", async (interpreter) => {
      await interpreter.run('process.env.SUBINTERPRETERS_GUARANTEE = "inside";');
      return process.env["SUBINTERPRETERS_GUARANTEE"] === undefined ? "enforced" : "not enforced";
    }),
});

isolation.push({
  section: "Isolation (the default)",
  guarantee: "It imports no file of the module that its own thread works with",
  observe: () =>
    withinShared("plain", async (interpreter) => {
      const found = await interpreter.evaluate<number>(`
        import { createChannel } from "subinterpreters";
        let found = 0;
        for (const file of ${JSON.stringify(ownFiles())}) {
          const { Wire } = await import(file).catch(() => ({}));
          if (Wire !== undefined) Wire.prototype.post = () => found++;
        }
        createChannel()[0].close();
        for (const file of ${JSON.stringify(GUEST_FILES)}) {
          found += Object.keys(await import(file)).length;
        }
        found`);
      return found === 0 ? "enforced" : "not enforced";
    }),
}, {
  section: "Isolation (the default)",
  guarantee: 'A file that it imports runs no macro (`with { type: "macro" }`)',
  observe: () =>
    runtime !== "bun" ? Promise.resolve("does not apply") : withFolder(async (folder) => {
      writeFileSync(
        join(folder, "macro.ts"),
        `import { spawnSync } from "node:child_process";
        export const status = () => spawnSync("true").status;`,
      );
      writeFileSync(
        join(folder, "user.ts"),
        'import { status } from "./macro.ts" with { type: "macro" }; export const seen = status();',
      );
      return await withinShared(
        "plain",
        (interpreter) =>
          isRefused(interpreter.run(`await import(${JSON.stringify(join(folder, "user.ts"))})`)),
      );
    }),
});

/** All rows, in the order of the document. */
export const guarantees: readonly Guarantee[] = [
  ...stops,
  ...limits,
  ...bounds,
  ...ofTheProgram,
  ...permissions,
  ...ofSandboxes,
  ...isolation,
  ...ofIsolated,
  ...descriptorsAndStreams,
];
