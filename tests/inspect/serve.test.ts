// The server of the live view: who may read what, and how it ends.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { create, InterpreterError } from "subinterpreters";
import { serve, type Snapshot } from "subinterpreters/inspect";
import { createActor, createMachine } from "xstate";
import { spawnScript } from "../helpers/spawn_script.ts";
import { wrong } from "../helpers/wrong_calls.ts";
import { ask, events, firstOf, pathOf, serving } from "./helpers.ts";

test("serve() gives the page to whoever has its address", async (t) => {
  const view = await serving(t);
  assert.match(view.url, new RegExp(`^http://127\\.0\\.0\\.1:${view.port}/\\?token=[\\w-]{32}$`));
  const { status, headers, text } = await ask(new URL(view.url));
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "text/html; charset=utf-8");
  assert.equal(headers["cache-control"], "no-store");
  const policy = String(headers["content-security-policy"]);
  assert.match(policy, /^default-src 'none'; script-src 'nonce-[\w-]{32}'; /);
  const [, nonce = ""] = /'nonce-([\w-]+)'/.exec(policy) ?? [];
  assert.equal(text.split(`nonce="${nonce}"`).length, 3, "a style and a script");
  assert.doesNotMatch(text, /https?:|<link[^>]*href="(?!data:)|src="/, "nothing from elsewhere");
  const again = await ask(new URL(view.url));
  assert.notEqual(again.headers["content-security-policy"], policy, "a nonce is for once");
});

test("serve() refuses whoever has no token, a wrong one, or one of another server", async (t) => {
  const [view, other] = await Promise.all([serving(t), serving(t)]);
  const token = new URL(other.url).searchParams.get("token") ?? "";
  const wrongTokens = ["", "x", token, `${new URL(view.url).searchParams.get("token")}x`];
  for (const path of ["/", "/snapshot", "/events", "/other"]) {
    for (const given of wrongTokens) {
      const { status, text } = await ask(pathOf(view, path, given));
      assert.deepEqual([status, /token/.test(text)], [403, true], `${path} ${given}`);
    }
  }
  const without = new URL("/snapshot", view.url);
  assert.equal((await ask(without)).status, 403);
});

test("serve() refuses a Host header that names another machine", async (t) => {
  const view = await serving(t);
  const { port } = view;
  const hosts = ["evil.example", `evil.example:${port}`, "127.0.0.1", `127.0.0.1:${port + 1}`];
  for (const host of [...hosts, `127.0.0.1.evil.example:${port}`]) {
    const { status, text } = await ask(pathOf(view, "/snapshot"), { headers: { host } });
    assert.deepEqual([status, /Host/.test(text)], [403, true], host);
  }
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
    const { status } = await ask(pathOf(view, "/snapshot"), { headers: { host } });
    assert.equal(status, 200, host);
  }
});

test("serve() answers GET alone, and what there is not with 404", async (t) => {
  const view = await serving(t);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    assert.equal((await ask(pathOf(view, "/snapshot"), { method })).status, 405, method);
  }
  for (const path of ["/other", "/snapshot/", "/../etc/passwd", "//"]) {
    const { status } = await ask(pathOf(view, path));
    assert.equal(status, 404, path);
  }
});

test("serve() answers HEAD without a body, and keeps no stream open for it", async (t) => {
  const view = await serving(t);
  // More than the readers that it takes.
  for (let n = 0; n < 20; n++) {
    const { status, headers, text } = await ask(pathOf(view, "/events"), { method: "HEAD" });
    assert.deepEqual([status, text], [200, ""]);
    assert.match(String(headers["content-type"]), /^text\/event-stream/);
  }
});

test("serve() gives a snapshot as JSON, and lets no other site read it", async (t) => {
  const view = await serving(t);
  await using interpreter = await create({ name: "<b>bold</b>" });
  const { status, headers, text } = await ask(pathOf(view, "/snapshot"));
  assert.deepEqual([status, headers["content-type"]], [200, "application/json"]);
  assert.equal(headers["access-control-allow-origin"], undefined);
  assert.equal(headers["cross-origin-resource-policy"], "same-origin");
  const { interpreters } = JSON.parse(text) as Snapshot;
  assert.equal(interpreters.find(({ id }) => id === interpreter.id)?.name, "<b>bold</b>");
});

test(
  "serve() streams a snapshot at once, and another when something happens",
  { timeout: 30_000 },
  async (t) => {
    const view = await serving(t);
    let interpreter: Awaited<ReturnType<typeof create>> | undefined;
    for await (const { event, data } of events(view)) {
      if (event !== "snapshot") continue;
      interpreter ??= await create();
      const { id } = interpreter;
      if (data.interpreters.some((one) => one.id === id)) await interpreter.terminate();
      if (data.ended.some((one) => one.id === id)) break;
    }
    assert.ok(interpreter !== undefined);
  },
);

test("serve() streams what the machines of interpreters do", { timeout: 30_000 }, async (t) => {
  const view = await serving(t);
  await using interpreter = await create();
  const actor = await firstOf(view, ({ event, data }) => {
    if (event !== "actor" || data.actor.id !== interpreter.actor.id) return undefined;
    return data;
  });
  assert.equal(actor.type, "@xstate.actor");
  assert.deepEqual([actor.snapshot?.status, actor.snapshot?.value], ["active", "idle"]);
  const states: unknown[] = [];
  let isAsked = false;
  for await (const { event, data } of events(view)) {
    if (!isAsked) void interpreter.run("1");
    isAsked = true;
    if (event !== "actor" || data.actor.id !== interpreter.actor.id) continue;
    if (data.type === "@xstate.snapshot") states.push([data.event?.type, data.snapshot?.value]);
    if (states.length === 2) break;
  }
  assert.deepEqual(states, [["RUN", "running"], ["RUN.DONE", "idle"]]);
});

test(
  "serve() streams machines of the program that are told to inspect()",
  { timeout: 30_000 },
  async (t) => {
    const view = await serving(t);
    const machine = createMachine({
      initial: "red",
      context: {
        secret: () => {},
        lamp: new Map([["color", "red"]]),
        big: 2n,
        long: "x".repeat(500),
      },
      states: { red: { on: { NEXT: "green" } }, green: {} },
    });
    const actor = createActor(machine, { id: "lights", inspect: view.inspect }).start();
    const found = await firstOf(view, ({ event, data }) => {
      if (event !== "actor" || data.actor.sessionId !== actor.sessionId) return undefined;
      if (data.snapshot?.value === "green") return data;
      if (data.snapshot?.value === "red") actor.send({ type: "NEXT" });
      return undefined;
    });
    assert.equal(found.event?.type, "NEXT");
    assert.deepEqual(found.snapshot?.context, {
      ...{ lamp: [["color", "red"]], big: "2n", long: `${"x".repeat(80)}…` },
    });
    actor.stop();
  },
);

test(
  "close() ends readers, frees the port, and can be called again",
  { timeout: 30_000 },
  async () => {
    const view = await serve();
    const { port } = view;
    const reading = (async () => {
      let count = 0;
      try {
        for await (const _ of events(view)) count++;
      } catch {
        // Some runtimes call it an error that the connection is closed.
      }
      return count;
    })();
    await ask(pathOf(view, "/snapshot"));
    await view.close();
    await view.close();
    await reading;
    await assert.rejects(ask(pathOf(view, "/snapshot")));
    await using again = await serve({ port });
    assert.equal(again.port, port);
  },
);

test("serve() names a port that is in use", async (t) => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
  t.after(() => blocker.close());
  const { port } = blocker.address() as AddressInfo;
  const error = await serve({ port }).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof InterpreterError);
  assert.equal(
    error.message,
    `Cannot serve the live view on port ${port}: it is in use; choose another, or 0 for any that is free`,
  );
  assert.ok(error.cause instanceof Error);
});

test("serve() says which option is wrong", async () => {
  const cases: readonly [unknown, typeof TypeError | typeof RangeError, RegExp][] = [
    [5, TypeError, /options must be an object, received 5/],
    [{ ports: 1 }, TypeError, /no option "ports"; known are port, host, keepAlive/],
    [{ port: "80" }, TypeError, /port must be a number, received "80"/],
    [{ port: -1 }, RangeError, /port must be an integer from 0 to 65535, received -1/],
    [{ port: 1.5 }, RangeError, /received 1\.5/],
    [{ port: 65_536 }, RangeError, /received 65536/],
    [{ host: 1 }, TypeError, /host must be a string, received 1/],
    [{ host: "0.0.0.0" }, RangeError, /host must be one of 127\.0\.0\.1.*received "0\.0\.0\.0"/],
    [{ keepAlive: 1 }, TypeError, /keepAlive must be a boolean, received 1/],
  ];
  for (const [options, Class, message] of cases) {
    const error = await serve(wrong(options)).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Class, String(error));
    assert.match(error.message, message);
  }
});

const SCRIPT = (options: string) =>
  `import { create } from "subinterpreters";
  import { serve } from "subinterpreters/inspect";
  const view = await serve(${options});
  const interpreter = await create();
  console.log(view.url);
  await interpreter.evaluate("await new Promise((done) => setTimeout(done, 1000))");
  console.log("done");`;

/** Reads the stream of the process that printed the address. */
function readerOf(): { onStdout: (text: string) => void; events: () => number } {
  let count = 0;
  let isReading = false;
  return {
    onStdout: (text) => {
      const url = text.split("\n")[0] ?? "";
      if (isReading || !text.includes("\n")) return;
      isReading = true;
      const view = { url } as Awaited<ReturnType<typeof serve>>;
      void (async () => {
        for await (const _ of events(view)) count++;
      })().catch(() => {});
    },
    events: () => count,
  };
}

test(
  "serve() does not keep the process alive, also not for a reader",
  { timeout: 60_000 },
  async () => {
    const reader = readerOf();
    const { code, stdout, stderr, timedOut } = await spawnScript(SCRIPT("{}"), {
      onStdout: reader.onStdout,
      timeoutMs: 50_000,
    });
    assert.deepEqual([code, timedOut], [0, false], stderr);
    assert.match(stdout, /\ndone\n$/);
    assert.ok(reader.events() > 0);
  },
);

test("serve() keeps the process alive if asked to", { timeout: 60_000 }, async () => {
  const { signal, code, stdout } = await spawnScript(SCRIPT("{ keepAlive: true }"), {
    signalAfter: { text: "done\n", signal: "SIGTERM" },
    timeoutMs: 50_000,
  });
  assert.match(stdout, /\ndone\n$/);
  assert.ok(signal === "SIGTERM" || code === 143, `${signal} ${code}`);
});
