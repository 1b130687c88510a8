// The trace of a run, for programs in Effect that run in an interpreter.

import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import type * as Exit from "effect/Exit";
import * as Layer from "effect/Layer";
import * as Option from "effect/Option";
import * as Tracer from "effect/Tracer";
import type { InnerTrace } from "../api/tracing.ts";
import { innerTrace } from "../door.js";
import { readTraceparent } from "../protocol/traceparent.ts";
import { attributesOf, type SpanEnd, writeEvent } from "./span_events.ts";

/**
 * Inside an interpreter, continues the trace of the run that provides it: spans of the program
 * belong to the run's span, and appear where the program that started the run exports its own.
 * Elsewhere, and if nobody traces the run, it changes nothing.
 *
 * They are sent when the run ends, or when there are many of them; those that end after their
 * run one by one. Of one run at most 10,000 are shown.
 *
 * @example Spans of both sides
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Tracer from "effect/Tracer";
 * import { Interpreter } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const names: string[] = [];
 * const tracer = Tracer.make({
 *   span(options) {
 *     names.push(options.name);
 *     return new Tracer.NativeSpan(options);
 *   },
 * });
 * const source = `
 *   import * as Effect from "effect/Effect";
 *   import { Tracing } from "subinterpreters/effect";
 *   const work = Effect.succeed(42).pipe(Effect.withSpan("work"));
 *   await Effect.runPromise(work.pipe(Effect.provide(Tracing.layer)));
 * `;
 * const program = Effect.gen(function* () {
 *   const interpreter = yield* Interpreter.make();
 *   return yield* Interpreter.evaluate(interpreter, source);
 * });
 * const traced = Effect.scoped(program).pipe(Effect.provideService(Tracer.Tracer, tracer));
 * assert.equal(await Effect.runPromise(traced), 42);
 * assert.deepEqual(names, [
 *   "subinterpreters.create",
 *   "subinterpreters.evaluate",
 *   "subinterpreters.execute",
 *   "work",
 * ]);
 * ```
 */
export const layer: Layer.Layer<never> = Layer.unwrap(Effect.sync(() => {
  const trace = innerTrace();
  const ids = readTraceparent(trace?.traceparent);
  if (trace === undefined || ids === undefined) return Layer.empty;
  return Layer.merge(
    Layer.succeed(
      Tracer.Tracer,
      Tracer.make({ span: (options) => new InnerSpan(options, trace) }),
    ),
    Layer.succeed(Tracer.ParentSpan, Tracer.externalSpan(ids)),
  );
}));

type NativeOptions = ConstructorParameters<typeof Tracer.NativeSpan>[0];

/** A span that the host is told of. */
class InnerSpan extends Tracer.NativeSpan {
  readonly #trace: InnerTrace;

  constructor(options: NativeOptions, trace: InnerTrace) {
    super(options);
    this.#trace = trace;
    if (!this.sampled) return;
    const parent = Option.getOrUndefined(this.parent);
    trace.record(writeEvent({
      ...{ event: "start", id: this.spanId, traceId: this.traceId },
      ...{ parentId: parent?.spanId ?? null, name: this.name, kind: this.kind },
      ...{ time: options.startTime, attributes: {} },
    }));
  }

  override end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    if (this.status._tag === "Ended") return;
    super.end(endTime, exit);
    if (!this.sampled) return;
    this.#trace.record(writeEvent({
      ...{ event: "end", id: this.spanId, time: endTime, error: errorOf(exit) },
      attributes: attributesOf(this.attributes),
      events: this.events.map(([name, time, attributes]) => ({
        ...{ name, time, attributes: attributesOf(Object.entries(attributes)) },
      })),
      links: this.links.map(({ span: { traceId, spanId }, attributes }) => ({
        ...{ traceId, spanId, attributes: attributesOf(Object.entries(attributes)) },
      })),
    }));
  }
}

function errorOf(exit: Exit.Exit<unknown, unknown>): SpanEnd["error"] {
  if (exit._tag === "Success") return null;
  if (Cause.hasInterruptsOnly(exit.cause)) return "interrupted";
  const [error] = Cause.prettyErrors(exit.cause);
  return error === undefined
    ? { name: "Error", message: "It failed", stack: undefined }
    : { name: error.name, message: error.message, stack: error.stack };
}
