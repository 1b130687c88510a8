// Spans around what this module does, if the program traces: its fiber has a tracer of its own, an
// exporter's for example. With Effect's default tracer, which shows spans to nobody, none is made.

import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import type * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Tracer from "effect/Tracer";
import { tracing } from "../door.js";
import { traceparentOf } from "../protocol/traceparent.ts";
import { Collector } from "./collector.ts";
import { attempt } from "./failures.ts";
import type { Interpreter } from "./handle.ts";

/** Attributes of spans that tell which interpreter it is. */
export function interpreterAttributes(
  { id, name }: Pick<Interpreter, "id" | "name">,
): SpanOf["attributes"] {
  return { "subinterpreters.interpreter.id": id, "subinterpreters.interpreter.name": name };
}

/** A span that is to be made. */
export interface SpanOf {
  readonly name: string;
  readonly kind: Tracer.SpanKind;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Whether the program of a fiber has a tracer that shows its spans to somebody. */
function isTraced({ cache: { tracer } }: Fiber.Fiber<unknown, unknown>): boolean {
  return tracer !== undefined && tracer !== Tracer.nativeTracer;
}

/**
 * Begins the span of a wait on a channel, if the running fiber's program traces; the function
 * returned ends it. An effect around the wait, as `spanned` makes one, would cost a tenth of it.
 */
export function beginSpan(
  what: "send" | "recv",
  { id }: { readonly id: number },
): ((exit: Exit.Exit<unknown, unknown>) => void) | undefined {
  const fiber = Fiber.getCurrent();
  if (fiber === undefined || !isTraced(fiber)) return undefined;
  const span = Effect.runSyncWith(fiber.context)(Effect.makeSpan(`subinterpreters.${what}`, {
    kind: what === "send" ? "producer" : "consumer",
    attributes: { "subinterpreters.channel.id": id },
  }));
  const clock = fiber.getRef(Clock.Clock);
  return (exit) => span.end(clock.currentTimeNanosUnsafe(), exit);
}

/** The span of a call of a function. */
export function callSpan(interpreter: Interpreter, functionName: string): SpanOf {
  const attributes = {
    ...interpreterAttributes(interpreter),
    "code.function.name": functionName === "" ? "(anonymous)" : functionName,
  };
  return { name: "subinterpreters.call", kind: "client", attributes };
}

/**
 * The effect in a span, if the program traces.
 *
 * @param onDone Gives more attributes when the effect has succeeded. Absent: none.
 */
export function spanned<A, E, R>(
  describe: () => SpanOf,
  effect: Effect.Effect<A, E, R>,
  { onDone }: { readonly onDone?: (value: A) => SpanOf["attributes"] } = {},
): Effect.Effect<A, E, R> {
  return Effect.withFiber((fiber) => {
    if (!isTraced(fiber)) return effect;
    const { name, ...options } = describe();
    return Effect.useSpan(name, options, (span) => {
      if (onDone === undefined) return effect;
      return Effect.map(effect, (value) => {
        for (const [key, attribute] of Object.entries(onDone(value))) {
          span.attribute(key, attribute);
        }
        return value;
      });
    });
  });
}

/**
 * As `attempt`, in a span if the program traces. A run that the operation begins belongs to the
 * span, and the spans inside the interpreter come back to the program's tracer.
 */
export function attemptSpanned<A, E>(
  describe: () => SpanOf,
  operation: (signal: AbortSignal) => Promise<A>,
  isFailure: (error: unknown) => error is E,
): Effect.Effect<A, E> {
  return Effect.withFiber((fiber) => {
    if (!isTraced(fiber)) return attempt(operation, isFailure);
    const { name, ...options } = describe();
    return Effect.useSpan(name, options, (span) => {
      const traceparent = span.sampled ? traceparentOf(span) : undefined;
      if (traceparent === undefined) return attempt(operation, isFailure);
      const collector = new Collector(fiber.getRef(Tracer.Tracer), span);
      const onSpans = (events: string) => collector.take(events);
      return attempt(
        (signal) => tracing({ traceparent, onSpans }, () => operation(signal)),
        isFailure,
      ).pipe(Effect.onError(() => Effect.sync(() => collector.abandon())));
    });
  });
}
