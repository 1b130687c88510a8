// Makes spans of the program's tracer of what an interpreter tells about its own.

import * as Context from "effect/Context";
import * as Exit from "effect/Exit";
import * as Option from "effect/Option";
import * as Tracer from "effect/Tracer";
import {
  readEvents,
  type SpanDetails,
  type SpanEnd,
  type SpanError,
  type SpanStart,
} from "./span_events.ts";

/** The most spans of one run; what is more is not shown. */
const MOST_SPANS = 10_000;
/** The longest text that is kept of them, in characters: an exporter may have it for long. */
const LONGEST_TEXT = 2 ** 24;
const NANOS_PER_MS = 1_000_000n;

/** The spans from inside of one run. */
export class Collector {
  readonly #tracer: Tracer.Tracer;
  readonly #run: Tracer.Span;
  /** When the run began, and when that was seen: clocks of threads differ by a millisecond. */
  readonly #began: bigint;
  /** By the ids that they have inside. */
  readonly #open = new Map<string, Tracer.Span>();
  /** Those that have ended: others may still begin in them. */
  readonly #ended = new Map<string, Tracer.Span>();
  #count = 0;
  #dropped = 0;
  /** Characters that have come. */
  #length = 0;

  /** @param run The span of the run. */
  constructor(tracer: Tracer.Tracer, run: Tracer.Span) {
    this.#tracer = tracer;
    this.#run = run;
    this.#began = run.status.startTime;
  }

  /** Takes events, which a tracer is told of later: it is the program's code. */
  take(text: string): void {
    queueMicrotask(() => {
      this.#length += text.length;
      for (const event of readEvents(text)) {
        if (event.event === "start") this.#start(event);
        else this.#end(event);
      }
    });
  }

  /** The run failed: what has not ended by then was cut off, with its thread maybe. */
  abandon(): void {
    const now = this.#now();
    for (const span of this.#open.values()) span.end(now, Exit.interrupt());
    this.#open.clear();
  }

  #start({ id, parentId, traceId, name, kind, time, attributes }: SpanStart): void {
    if (id === this.#run.spanId || this.#open.has(id) || this.#ended.has(id)) return;
    if (this.#count === MOST_SPANS || this.#isFull) {
      this.#run.attribute("subinterpreters.spans.dropped", ++this.#dropped);
      return;
    }
    this.#count++;
    const span = this.#tracer.span({
      ...{ name, kind, links: [], root: parentId === null, sampled: true },
      parent: parentId === null ? Option.none() : Option.some(this.#spanOf(parentId, traceId)),
      annotations: Context.empty(),
      startTime: this.#within(time),
    });
    // Inside, the span may have named itself to others, in the header of a request for example.
    rename(span, "spanId", id);
    // Others are in the trace of their parent.
    if (parentId === null) rename(span, "traceId", traceId);
    for (const [key, value] of Object.entries(attributes)) span.attribute(key, value);
    this.#open.set(id, span);
  }

  #end({ id, time, error, ...details }: SpanEnd): void {
    const span = this.#open.get(id);
    if (span === undefined) return;
    this.#open.delete(id);
    this.#ended.set(id, span);
    if (!this.#isFull) this.#describe(span, details);
    const { startTime } = span.status;
    const endTime = this.#within(time);
    span.end(endTime < startTime ? startTime : endTime, exitOf(error, this.#isFull));
  }

  /** Gives a span what it has got since it began. */
  #describe(span: Tracer.Span, { attributes, events, links }: SpanDetails): void {
    for (const [key, value] of Object.entries(attributes)) span.attribute(key, value);
    for (const event of events) {
      span.event(event.name, this.#within(event.time), event.attributes);
    }
    span.addLinks(links.map((link) => ({
      span: Tracer.externalSpan({ traceId: link.traceId, spanId: link.spanId }),
      attributes: link.attributes,
    })));
  }

  /** Whether so much has come that spans which are open may end, and no more. */
  get #isFull(): boolean {
    return this.#length > LONGEST_TEXT;
  }

  #spanOf(spanId: string, traceId: string): Tracer.AnySpan {
    if (spanId === this.#run.spanId) return this.#run;
    return this.#open.get(spanId) ?? this.#ended.get(spanId) ??
      Tracer.externalSpan({ spanId, traceId });
  }

  /** The time, unless that is before the run's beginning or has not come yet. */
  #within(time: bigint): bigint {
    if (time < this.#began) return this.#began;
    const now = this.#now();
    return time > now ? now : time;
  }

  #now(): bigint {
    // The millisecond has not passed yet.
    const now = (BigInt(Date.now()) + 1n) * NANOS_PER_MS;
    return now > this.#began ? now : this.#began;
  }
}

/** Gives a span the id that it has inside, where the tracer lets that be. */
function rename(span: Tracer.Span, key: "spanId" | "traceId", value: string): void {
  Reflect.defineProperty(span, key, { value, configurable: true, enumerable: true });
}

function exitOf(error: SpanEnd["error"], isFull: boolean): Exit.Exit<void, Error> {
  if (error === null) return Exit.void;
  if (error === "interrupted") return Exit.interrupt();
  return Exit.fail(isFull ? new Error("It failed") : asError(error));
}

function asError({ name, message, stack }: SpanError): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
