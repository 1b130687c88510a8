// What only a whole process can show of permissions: flags, terminals, leaving.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { platform } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { foreignProject } from "../helpers/foreign_project.ts";
import { runtime } from "../helpers/runtime.ts";
import { type ScriptResult, spawnScript } from "../helpers/spawn_script.ts";

const timeout = 60_000;

/** Says why there is no sandbox, or what source in one may do. */
const TRY = `
import { create } from "subinterpreters";
try {
  const interpreter = await create({ permissions: "none" });
  await interpreter.run('await Deno.readTextFile("/etc/hostname")');
} catch (error) {
  console.log(error.name + ": " + error.message);
}
`;

function ends({ code, signal, stdout, stderr, timedOut }: ScriptResult, expected: RegExp): void {
  assert.deepEqual([code, signal, timedOut], [0, null, false], stdout + stderr);
  assert.match(stdout, expected, stderr);
}

const ELSEWHERE = /UnsupportedError: .* (?:Bun|Node) cannot enforce permissions/;

test("a process that has used sandboxes ends by itself", { timeout }, async () => {
  ends(await spawnScript(TRY), runtime === "deno" ? /NotCapable: Requires read/ : ELSEWHERE);
});

test("create() refuses permissions that the process has given up since", {
  timeout,
}, async () => {
  const result = await spawnScript(`
    import { create } from "subinterpreters";
    try {
      await create({ permissions: { net: ["example.com"] } });
      await Deno.permissions.revoke({ name: "net" });
      await create({ permissions: { net: ["example.com"] } });
    } catch (error) {
      console.log(error.name + ": " + error.message);
    }
  `);
  ends(result, runtime === "deno" ? /InterpreterError: .* exceed those of the process/ : ELSEWHERE);
});

test(
  "without Deno's flag create() says what to add, and the process goes on",
  { timeout },
  async (t) => {
    const folder = await foreignProject(t);
    const script = join(folder, "script.ts");
    await writeFile(script, TRY);
    const options = runtime === "deno" ? { config: join(folder, "deno.json") } : {};
    const result = await spawnScript(pathToFileURL(script), options);
    if (runtime !== "deno") return ends(result, ELSEWHERE);
    ends(result, /UnsupportedError: .*"unstable": \["worker-options"\].*--unstable-worker-options/);
    const flags = ["--unstable-worker-options"];
    ends(await spawnScript(pathToFileURL(script), { ...options, flags }), /NotCapable/);
  },
);

test("create() says what the process must be allowed for permissions", { timeout }, async (t) => {
  const folder = await foreignProject(t, { unstable: ["worker-options"] });
  const script = join(folder, "script.ts");
  await writeFile(script, TRY);
  if (runtime !== "deno") return ends(await spawnScript(pathToFileURL(script)), ELSEWHERE);
  const config = join(folder, "deno.json");
  const run = (flags: readonly string[]) =>
    spawnScript(pathToFileURL(script), { config, flags: [...flags, "--deny-net"] });
  ends(await run(["--deny-env"]), /UnsupportedError: .*--allow-env=NODE_V8_COVERAGE/);
  ends(await run(["--deny-read"]), /InterpreterError: .*it may not read file:.* itself/);
});

test("permissions that the process has not itself are refused", { timeout }, async () => {
  const script = `
    import { create } from "subinterpreters";
    try { await create({ permissions: { net: ["example.com"] } }); }
    catch (error) { console.log(error.name + ": " + error.message); }`;
  const flags = runtime === "deno" ? ["--deny-net"] : [];
  ends(
    await spawnScript(script, { flags }),
    runtime === "deno" ? /InterpreterError: .* permissions exceed those of the process/ : ELSEWHERE,
  );
});

test("at a terminal Deno asks nobody whether a sandbox may do more", { timeout }, async (t) => {
  if (runtime !== "deno") {
    ends(await spawnScript(TRY), ELSEWHERE);
    return;
  }
  const folder = await foreignProject(t, { unstable: ["worker-options"] });
  await writeFile(join(folder, "script.ts"), TRY);
  assert.match(await atTerminal(folder, undefined), /UnsupportedError: .*DENO_NO_PROMPT=1/);
  assert.match(await atTerminal(folder, "1"), /NotCapable: Requires read access/);
  // Deno looks at the variable when it starts.
  const late = TRY.replace("try {", 'process.env.DENO_NO_PROMPT = "1"; try {');
  await writeFile(join(folder, "script.ts"), late);
  assert.match(await atTerminal(folder, undefined), /UnsupportedError: .*DENO_NO_PROMPT=1/);
});

test("relative paths are from the working directory of each create()", { timeout }, async () => {
  const script = `
    import { create } from "subinterpreters";
    import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
    import { tmpdir } from "node:os";
    const folder = mkdtempSync(tmpdir() + "/subinterpreters-");
    try {
      for (const name of ["one", "other"]) {
        mkdirSync(folder + "/" + name);
        process.chdir(folder + "/" + name);
        const interpreter = await create({ permissions: { read: ["."], ffi: ["./a.so"] } });
        const state = (name, path) =>
          \`Deno.permissions.querySync({ name: "\${name}", path: "\${folder}/\${path}" }).state\`;
        console.log(
          await interpreter.evaluate(state("read", name)),
          await interpreter.evaluate(state("ffi", name + "/a.so")),
        );
      }
    } catch (error) { console.log(error.name + ": " + error.message); }
    finally { process.chdir("/"); rmSync(folder, { recursive: true }); }`;
  ends(
    await spawnScript(script),
    runtime === "deno" ? /^(?:granted granted\n){2}$/ : ELSEWHERE,
  );
});

/** What a sandbox makes of the terminal, and then what the program does. */
const LISTEN = `
import { create } from "subinterpreters";
const interpreter = await create({ permissions: "none", isolated: false });
for (const stream of ["process.stdin", "new tty.ReadStream(0)", "new tty.ReadStream(1)", "new tty.WriteStream(1)"]) {
  await interpreter.run(\`
    const tty = process.getBuiltinModule("tty");
    const stream = \${stream};
    await new Promise((resolve, reject) => {
      const none = () => reject(new Error("nothing to read"));
      if (stream.readableEnded || stream.readable !== true) none();
      stream.on("error", none).on("data", resolve).on("end", none).resume?.();
    });
  \`).then(() => console.log("overheard by " + stream), (error) => console.log("none: " + error.message));
}
console.log("ready");
const bytes = new Uint8Array(64);
console.log("heard " + new TextDecoder().decode(bytes.subarray(0, Deno.stdin.readSync(bytes))));
`;

test("a sandbox does not hear what is typed at a terminal", { timeout }, async (t) => {
  if (runtime !== "deno") {
    ends(await spawnScript(TRY), ELSEWHERE);
    return;
  }
  const folder = await foreignProject(t, { unstable: ["worker-options"] });
  await writeFile(join(folder, "script.ts"), LISTEN);
  const output = await atTerminal(folder, "1", "typed\n");
  assert.equal(output.match(/^none: /gm)?.length, 4, output);
  assert.match(output, /heard typed/);
});

/** Runs the script with a terminal for its input and output; resolves to what it shows. */
function atTerminal(cwd: string, noPrompt: string | undefined, typed = ""): Promise<string> {
  const command = [process.execPath, "run", "-A", "--no-check", "script.ts"];
  const args = platform() === "linux"
    ? ["-qec", command.join(" "), "/dev/null"]
    : ["-q", "/dev/null", ...command];
  const env = { ...process.env, DENO_NO_PROMPT: noPrompt, NO_COLOR: "1" };
  return new Promise((resolve, reject) => {
    const child = spawn("script", args, { cwd, env, stdio: ["pipe", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (typed !== "" && output.includes("ready")) child.stdin.write(typed);
    });
    child.on("error", reject);
    child.on("close", () => resolve(output));
  });
}
