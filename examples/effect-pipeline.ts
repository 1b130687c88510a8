// Counts words with Effect: a stream of files goes through a channel to interpreters, and their
// counts come back through another. Each stage is an Effect, here and in the interpreters.
//
//   files → [channel] → counter-0, counter-1, … → [channel] → the most frequent words
//
//   deno run -A examples/effect-pipeline.ts [FILE…] · bun … · npx tsx …
//
// `--otlp http://localhost:4318` sends traces, metrics and logs to an OpenTelemetry collector. One
// trace shows both sides: what the interpreters do belongs to the runs that started it.
// `--metrics 9464` serves metrics for Prometheus until Ctrl-C. Both exporters are Effect's own.

import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Stream from "effect/Stream";
import { FetchHttpClient } from "effect/http";
import { Otlp, PrometheusMetrics } from "effect/observability";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Channel, Interpreter, Metrics } from "subinterpreters/effect";
import type { Counts, File } from "./effect-stage.ts";

/** What an interpreter does: the stage of effect-stage.ts, an Effect that continues the trace. */
const STAGE = `const { countWords } = await import(stage);
await countWords(files, counts);`;
const stage = new URL("./effect-stage.ts", import.meta.url).href;

/** The words of all files, counted by so many interpreters. */
const pipeline = (files: readonly File[], interpreters: number) =>
  Effect.gen(function* () {
    const [todo, give] = yield* Channel.make<File>();
    const [results, report] = yield* Channel.make<Counts>();
    const counter = (n: number) =>
      Effect.gen(function* () {
        const interpreter = yield* Interpreter.make({ name: `counter-${n}` });
        const channels = { files: todo, counts: report };
        yield* Interpreter.run(interpreter, STAGE, { channels, values: { stage } });
      });
    const feed = Stream.fromIterable(files).pipe(
      Stream.run(Channel.sink(give)),
      Effect.andThen(Channel.close(give)),
    );
    const count = Effect.forEach(Array.from({ length: interpreters }).keys(), counter, {
      concurrency: "unbounded",
    }).pipe(Effect.andThen(Channel.close(report)));
    const collect = Stream.runFold(Channel.stream(results), () => new Map<string, number>(), add);
    const [, , words] = yield* Effect.all([feed, count, collect], { concurrency: "unbounded" });
    return words;
  }).pipe(Effect.scoped, Effect.withSpan("pipeline", { attributes: { files: files.length } }));

function add(total: Map<string, number>, counts: Counts): Map<string, number> {
  for (const [word, n] of counts) total.set(word, (total.get(word) ?? 0) + n);
  return total;
}

/** Serves what Prometheus reads, for as long as the scope is open. */
const servePrometheus = (port: number) =>
  Effect.gen(function* () {
    const context = yield* Effect.context();
    const text = () => PrometheusMetrics.formatUnsafe(context);
    const server = yield* Effect.acquireRelease(
      Effect.sync(() =>
        createServer((_, response) => {
          response.setHeader("content-type", "text/plain; version=0.0.4");
          response.end(text(), () => console.log("Served metrics"));
        })
      ),
      (opened) => Effect.sync(() => opened.close()),
    );
    yield* Effect.callback<void>((resume) =>
      void server.listen(port, "127.0.0.1", () => resume(Effect.void))
    );
    const address = server.address();
    const actual = typeof address === "object" ? address?.port : port;
    yield* Effect.sync(() => console.log(`Metrics on http://127.0.0.1:${actual}/metrics`));
  });

/** What watches the pipeline. */
const telemetry = (collector: string | undefined) =>
  Layer.mergeAll(
    Metrics.layer({ interval: "100 millis" }),
    collector === undefined ? Layer.empty : Otlp.layerJson({
      baseUrl: collector,
      resource: { serviceName: "effect-pipeline" },
    }).pipe(Layer.provide(FetchHttpClient.layer)),
  );

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    otlp: { type: "string" },
    metrics: { type: "string" },
    interpreters: { type: "string", default: "2" },
  },
});
const here = fileURLToPath(new URL(".", import.meta.url));
const paths = positionals.length > 0
  ? positionals
  : readdirSync(here).filter((name) => /\.[jt]s$/.test(name)).map((name) => here + name);
const files = paths.map((path) => ({ name: basename(path), text: readFileSync(path, "utf8") }));

const main = Effect.gen(function* () {
  const words = yield* pipeline(files, Number(values.interpreters));
  const top = [...words].toSorted(([, a], [, b]) => b - a).slice(0, 10);
  for (const [word, n] of top) console.log(`${String(n).padStart(6)}  ${word}`);
  if (values.metrics === undefined) return;
  yield* servePrometheus(Number(values.metrics));
  yield* Effect.callback<void>((resume) => {
    process.once("SIGINT", () => resume(Effect.void));
  });
});
await Effect.runPromise(main.pipe(Effect.scoped, Effect.provide(telemetry(values.otlp))));
