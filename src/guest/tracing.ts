// The trace of a run, inside: a span of this thread's own for the run, and the spans of source that
// traces itself. What they tell goes to the host as text, which it checks. A run that nobody traces
// has none of this.

import type { InnerTrace } from "../api/tracing.ts";
import { MAX_SPANS_LENGTH } from "../protocol/check.ts";
import type { GuestFrame } from "../protocol/frames.ts";

// Taken now: source may declare names of its own that hide these.
const { Math, Object, performance } = globalThis;
const { floor, random, round } = Math;
const now = performance.now.bind(performance);
const { timeOrigin } = performance;

const DIGITS = "0123456789abcdef";
/** So many events wait for the next frame at most. */
const MOST_EVENTS = 64;

/** What a traced run is. */
export interface TracedRun {
  readonly call: number;
  /** The span of whoever started it: a `traceparent` that the host has checked. */
  readonly traceparent: string;
  /** Id of the interpreter. */
  readonly id: number;
}

/** The trace of one run. */
export class RunTracing {
  /** What source gets to see of it. */
  readonly forSource: InnerTrace;
  readonly #call: number;
  readonly #post: (frame: GuestFrame) => void;
  readonly #spanId = newSpanId();
  #events = "";
  #count = 0;
  #isOver = false;

  /** Begins the run's own span. */
  constructor({ call, traceparent, id }: TracedRun, post: (frame: GuestFrame) => void) {
    this.#call = call;
    this.#post = post;
    // "00-", 32 digits, "-", 16 digits, "-01"
    let traceId = "";
    let parentId = "";
    for (let i = 0; i < 32; i++) traceId += traceparent[3 + i];
    for (let i = 0; i < 16; i++) parentId += traceparent[36 + i];
    this.forSource = Object.freeze({
      traceparent: `00-${traceId}-${this.#spanId}-01`,
      record: (event: string) => this.#record(event),
      flush: () => this.#flush(),
    });
    // By hand: source may have put a `toJSON` on the prototypes.
    this.#add(
      `{"event":"start","id":"${this.#spanId}","parentId":"${parentId}","traceId":"${traceId}",` +
        `"name":"subinterpreters.execute","kind":"server","time":"${epochNanos()}",` +
        `"attributes":{"subinterpreters.interpreter.id":${id}}}`,
    );
  }

  /** The run has ended; what goes on may tell of spans all the same. */
  end(): void {
    this.#add(`{"event":"end","id":"${this.#spanId}","time":"${epochNanos()}"}`);
    this.#isOver = true;
    this.#flush();
  }

  #record(event: unknown): void {
    if (typeof event !== "string" || event.length > MAX_SPANS_LENGTH / 2) return;
    this.#add(event);
    if (this.#isOver || this.#count >= MOST_EVENTS) this.#flush();
  }

  /** Sends what there is. */
  #flush(): void {
    if (this.#count === 0) return;
    const text = `[${this.#events}]`;
    this.#events = "";
    this.#count = 0;
    this.#post({ type: "spans", call: this.#call, text });
  }

  #add(event: string): void {
    if (this.#events.length + event.length + 3 > MAX_SPANS_LENGTH) this.#flush();
    this.#events += this.#count === 0 ? event : `,${event}`;
    this.#count++;
  }
}

/** Nanoseconds since 1970, as text: as exact as a number of microseconds is. */
function epochNanos(): string {
  return `${round((timeOrigin + now()) * 1000)}000`;
}

function newSpanId(): string {
  let id = "";
  for (let i = 0; i < 16; i++) id += DIGITS[floor(random() * 16)];
  return id;
}
