// `subinterpreters top`: the table of a program that serves its snapshots.

import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { cli, cliAtTerminal } from "../helpers/cli.ts";

const SLOW = { timeout: 120_000 };

const SNAPSHOT = {
  version: 1,
  time: 10_000,
  process: { pid: 7, runtime: "Node", version: "24.1.0", memory: 2 ** 27, cpu: 1.25 },
  interpreters: [
    { id: 1, name: "quiet", state: "idle", runs: 3, heapUsed: null, cpu: null, run: null },
    {
      ...{
        id: 2,
        name: "bu\u001b[2Jsy\n\u202e",
        state: "running",
        runs: 12,
        heapUsed: 2 ** 22,
        cpu: 0.97,
      },
      run: { excerpt: "for (;;) work()", start: 8_500 },
    },
  ],
  channels: [
    {
      ...{ kind: "queue", id: 4, depth: 3, waitingReceivers: 0, waitingSenders: null },
      ...{ received: 100, rate: 12.4 },
    },
  ],
};

/** A program that serves this; whoever asks without the token is refused. */
function serve(t: TestContext, body: unknown = SNAPSHOT): Promise<string> {
  return serveText(t, (response) => response.end(JSON.stringify(body)));
}

/** A program that answers in a way of its own. */
async function serveText(
  t: TestContext,
  answer: (response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(`http://localhost${request.url}`);
    const isRight = pathname === "/snapshot" && searchParams.get("token") === "right";
    response.writeHead(isRight ? 200 : 403);
    if (isRight) answer(response);
    else response.end("no");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test("top prints one table in a pipe, without what could move a cursor", SLOW, async (t) => {
  const url = await serve(t);
  const { code, stdout, stderr } = await cli(["top", `${url}?token=right`]);
  assert.deepEqual([code, stderr], [0, ""]);
  const lines = stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
  assert.deepEqual(lines[0], ["Node 24.1.0", "pid 7", "128 MiB", "CPU 1.25"]);
  assert.deepEqual(lines[1], ["2 interpreters, 1 running; 1 channels and queues"]);
  assert.deepEqual(lines[4], [
    "2",
    "busy",
    "running",
    "1.5 s",
    "12",
    "4.0 MiB",
    "0.97",
    "for (;;) work()",
  ]);
  assert.deepEqual(lines[5], ["1", "quiet", "idle", "–", "3", "–", "–"]);
  assert.deepEqual(lines[8], ["queue 4", "3", "0", "–", "12", "100"]);
});

test("top says what is wrong with an address in one line", SLOW, async (t) => {
  const [url, other] = [await serve(t), await serve(t, { interpreters: 1 })];
  const page = await serveText(t, (response) => response.end("<html>"));
  const endless = await serveText(t, function write(response) {
    while (response.write("[".repeat(65_536)));
    response.once("drain", () => write(response));
  });
  for (
    const [address, expected, exitCode] of [
      [`${url}?token=wrong`, /the token is wrong; give the whole address\n$/, 1],
      [`${other}?token=right`, /what answers there is no live view of this package\n$/, 1],
      [`${page}?token=right`, /what answers there is no live view of this package\n$/, 1],
      [`${endless}?token=right`, /what answers there is no live view of this package\n$/, 1],
      ["http://127.0.0.1:1/", /nobody answers there; /, 1],
      ["8080", /^subinterpreters: Cannot watch "8080": it is no address; /, 2],
    ] as const
  ) {
    const { code, stdout, stderr } = await cli(["top", address]);
    assert.deepEqual([code, stdout], [exitCode, ""], address);
    assert.match(stderr, expected);
    assert.match(stderr, /^subinterpreters: Cannot watch [^\n]*\n$/);
  }
});

test(
  "top is live at a terminal, fits 20 columns, and leaves the terminal as it was",
  SLOW,
  async (t) => {
    const url = await serve(t);
    for (const [columns, key] of [[80, "q"], [20, "\u0003"]] as const) {
      const { code, raw, shown } = await cliAtTerminal(
        ["top", `${url}?token=right`, "--interval", "100ms"],
        [{ expect: "q leaves" }, { expect: "q leaves", type: key }],
        { columns },
      );
      assert.equal(code, 0);
      assert.ok(raw.includes("\u001b[?1049h") && raw.endsWith("\u001b[?1049l"), raw);
      assert.ok(shown.split(/\r?\n/).every((line) => line.length <= columns + "q leaves".length));
    }
  },
);

test("top ends when the program does", SLOW, async (t) => {
  const server = createServer((_, response) => {
    // A connection that is kept would keep the server.
    response.setHeader("connection", "close");
    response.end(JSON.stringify(SNAPSHOT));
    // One answer, then nobody is there.
    response.on("close", () => server.close());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => server.closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const { code } = await cliAtTerminal(
    ["top", `http://127.0.0.1:${port}/`, "--interval", "300ms"],
    [{ expect: "q leaves" }, { expect: "The program can be reached no more" }],
  );
  assert.equal(code, 0);
});
