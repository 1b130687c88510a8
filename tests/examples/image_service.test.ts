// examples/image-service.ts, by requests: pictures, bad requests, one that takes too long while
// others go on, and an end by signal.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "fast-png";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

/** A picture whose left half is black and whose right half is white. */
function picture(width: number, height: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < data.length; at++) data[at] = (at / 3) % width < width / 2 ? 0 : 255;
  return new Uint8Array(encode({ width, height, channels: 3, data }));
}

test("image-service.ts answers while another request takes too long, and ends by signal", async () => {
  let listening: (url: string) => void = () => {};
  const url = new Promise<string>((resolve) => listening = resolve);
  const ended = spawnScript(new URL("../../examples/image-service.ts", import.meta.url), {
    args: ["--port", "0", "--timeout", "5000", "--workers", "2"],
    onStdout: (text) => {
      const [, found] = /Listening on (\S+)/.exec(text) ?? [];
      if (found !== undefined) listening(found);
    },
    signalAfter: { text: "GET /stats 200", signal: "SIGTERM" },
    timeoutMs: 90_000,
  });
  const post = async (path: string, body: Uint8Array<ArrayBuffer> | string) =>
    await fetch(new URL(path, await url), { method: "POST", body });

  const small = await post("resize?width=10", picture(40, 20));
  assert.equal(small.status, 200);
  assert.equal(small.headers.get("content-type"), "image/png");
  const { width, height, data } = decode(await small.bytes());
  assert.deepEqual([width, height], [10, 5]);
  assert.deepEqual([...data.slice(12, 18)], [0, 0, 0, 255, 255, 255]);

  for (
    const [path, body, reason] of [
      ["resize?width=10", "no picture", /not a PNG/],
      ["resize?width=0", picture(1, 1), /whole number/],
      ["resize", picture(1, 1), /whole number/],
    ] as const
  ) {
    const refused = await post(path, body);
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), reason);
  }
  assert.equal((await post("nothing", "")).status, 404);

  const order: string[] = [];
  const long = post("blur?radius=1000", picture(2_000, 2_000)).then((response) => {
    order.push("long");
    return response;
  });
  const others = Array.from({ length: 5 }, async (_, n) => {
    const blurred = await post("blur?radius=1", picture(4, n + 1));
    assert.equal(blurred.status, 200);
    assert.deepEqual([...decode(await blurred.bytes()).data.slice(3, 9)], [
      85,
      85,
      85,
      170,
      170,
      170,
    ]);
    order.push("short");
  });
  await Promise.all(others);
  // The signal comes after this request, while the long one is still open.
  const stats = await fetch(new URL("stats", await url));
  assert.equal((await stats.json() as { done: number }).done >= 6, true);
  const late = await long;
  assert.equal(late.status, 504);
  assert.match(await late.text(), /longer than 5000 ms/);
  assert.deepEqual(order, ["short", "short", "short", "short", "short", "long"]);

  const { code, signal, stdout, stderr, timedOut } = await ended;
  assert.equal(timedOut, false);
  // Deno 2.9 says of a child that it was sent a signal, whatever the child made of it.
  const isAsked = runtime === "deno" && signal === "SIGTERM";
  assert.ok(code === 0 || isAsked, `${code} ${signal}: ${stderr}`);
  assert.match(stdout, /Stopping\r?\nPOST \/blur 504\r?\nStopped\r?\n$/);
  await assert.rejects(fetch(await url));
});
