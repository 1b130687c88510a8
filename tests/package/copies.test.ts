// Two copies of the module in one program, as two dependencies may bring them along.

import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createChannel, getMain } from "subinterpreters";
import { foreignProject } from "../helpers/foreign_project.ts";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("create() and createChannel() of two copies of the module work together", async (t) => {
  const built = process.env["SUBINTERPRETERS_BUILT"];
  const folder = runtime === "node" && built !== undefined
    ? await mkdtemp(join(built, "copies-"))
    : await foreignProject(t);
  t.after(() => rm(folder, { recursive: true, force: true }));
  const files = built === undefined || runtime !== "node"
    ? ["mod.ts", "src", "actors"].map((file) => [join(root, file), file] as const)
    : [[join(built, "dist"), "."] as const];
  const copies = ["one", "two"].map((name) => join(folder, name));
  for (const copy of copies) {
    for (const [from, to] of files) await cp(from, join(copy, to), { recursive: true });
  }
  const doors = copies.map((copy) =>
    pathToFileURL(join(copy, runtime === "node" ? "mod.js" : "mod.ts")).href
  );
  const script = join(folder, "script.js");
  await writeFile(
    script,
    `const [one, two] = [${doors.map((door) => `await import("${door}")`).join(", ")}];
    const [recv, send] = one.createChannel();
    const interpreter = await two.create();
    await interpreter.run("out.sendNowait([out, 42])", { channels: { out: send } });
    const [end, answer] = recv.recvNowait();
    const error = await interpreter.run("throw 1").catch((error) => error);
    console.log(answer, end.equals(send), end instanceof two.SendChannel);
    console.log(error instanceof one.RunFailedError, one.listAll().length, two.listAll().length);`,
  );
  const { stdout, stderr } = await spawnScript(pathToFileURL(script), {
    config: join(folder, "deno.json"),
  });
  assert.equal(stdout, "42 true true\ntrue 2 2\n", stderr);
});

test("run() says that a channel is of another copy of the module, of another version", () => {
  const RecvChannel = class {
    readonly id = 0;
  };
  Reflect.defineProperty(RecvChannel, "name", { value: "RecvChannel" });
  Reflect.defineProperty(RecvChannel.prototype, Symbol.for("subinterpreters.copy"), {
    value: "0.0.1 in file:///there/",
  });
  const foreign = "a RecvChannel of another copy of subinterpreters (0.0.1 in file:///there/)";
  const own: unknown = Reflect.get(createChannel()[0], Symbol.for("subinterpreters.copy"));
  assert.match(String(own), /^\d+\.\d+\.\d+ in file:/, "which every version says of itself");
  const channels: object = { recv: new RecvChannel() };
  assert.throws(() => getMain().runSync("1", { channels: { ...channels } }), ({ message }) => {
    assert.ok(String(message).includes(`channels.recv must be a RecvChannel or a SendChannel`));
    assert.ok(String(message).endsWith(foreign), String(message));
    return true;
  });
  const [recv, send] = createChannel();
  assert.throws(() => send.sendNowait([new RecvChannel()]), {
    name: "NotShareableError",
    message: new RegExp(foreign.replaceAll(/[().]/g, "\\$&")),
  });
  recv.release();
});
