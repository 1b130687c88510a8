// examples/effect-pipeline.ts: what it counts, the spans that a collector gets, and the metrics that
// Prometheus reads.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { spawnScript } from "../helpers/spawn_script.ts";

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

interface Traces {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

/** A collector of OTLP in JSON: what comes, by its path. */
async function collector() {
  const bodies = new Map<string, unknown[]>();
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (piece: Buffer) => text += piece.toString());
    request.on("end", () => {
      const path = request.url ?? "";
      bodies.set(path, [...bodies.get(path) ?? [], JSON.parse(text)]);
      response.setHeader("content-type", "application/json");
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const spans = () =>
    (bodies.get("/v1/traces") ?? []).flatMap((body) =>
      (body as Traces).resourceSpans.flatMap((one) => one.scopeSpans.flatMap((all) => all.spans))
    );
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    bodies,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** The names of a span and of those that it is in, from the inside out. */
function pathOf(span: Span, spans: readonly Span[]): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [span.name, ...parent === undefined ? [] : pathOf(parent, spans)];
}

test("effect-pipeline.ts sends one trace of both sides to a collector, and serves metrics", async () => {
  const folder = await mkdtemp(join(tmpdir(), "subinterpreters-effect-pipeline-"));
  const collected = await collector();
  try {
    const files = await Promise.all(Array.from({ length: 6 }, async (_, n) => {
      const file = join(folder, `${n}.txt`);
      await writeFile(file, `${"word ".repeat(n)} other`);
      return file;
    }));
    let metrics: Promise<string> | undefined;
    const script = new URL("../../examples/effect-pipeline.ts", import.meta.url);
    const { code, stdout, stderr } = await spawnScript(script, {
      args: ["--otlp", collected.url, "--metrics", "0", ...files],
      onStdout: (text) => {
        const [, url] = /Metrics on (\S+)\n/.exec(text) ?? [];
        if (url !== undefined) metrics ??= fetch(url).then((response) => response.text());
      },
      signalAfter: { text: "Served metrics", signal: "SIGINT" },
      timeoutMs: 90_000,
    });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^ +15 {2}word\n +6 {2}other\n/);

    const spans = collected.spans();
    const counted = spans.filter(({ name }) => name === "count words");
    assert.equal(counted.length, 6);
    for (const span of counted) {
      assert.deepEqual(pathOf(span, spans), [
        "count words",
        "subinterpreters.execute",
        "subinterpreters.run",
        "pipeline",
      ]);
      assert.ok(BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano));
    }
    assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 1);
    for (const name of ["create", "send", "recv"]) {
      assert.ok(spans.some((span) => span.name === `subinterpreters.${name}`), name);
    }
    assert.ok(JSON.stringify(collected.bodies.get("/v1/metrics")).includes("subinterpreters.runs"));

    const text = await metrics ?? "";
    assert.match(text, /^subinterpreters_runs\{kind="run",outcome="done"\} 2$/m);
    assert.match(text, /^subinterpreters_interpreters_created 2$/m);
    assert.match(text, /^subinterpreters_interpreters_ended\{reason="disposed"\} 2$/m);
    assert.match(text, /^subinterpreters_run_duration_bucket\{.*le="\+Inf"\} 2$/m);
  } finally {
    await collected.close();
    await rm(folder, { recursive: true });
  }
});

test("effect-pipeline.ts counts its own folder without arguments", async () => {
  const script = new URL("../../examples/effect-pipeline.ts", import.meta.url);
  const { code, stdout, stderr } = await spawnScript(script, { timeoutMs: 90_000 });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^( +\d+ {2}\S+\n){10}$/);
});
