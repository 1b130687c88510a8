// How a trace goes into an interpreter and back. Whoever traces says so around the call that begins
// a run; inside, the run's trace can be asked for. What a span is only `effect/` knows: here there are
// its W3C `traceparent`, and events as text.

/** Where the spans of a run belong, and where they go. */
export interface RunTrace {
  /** The span of the run, as W3C has it: `00-`, its trace's id, its own id, flags. */
  readonly traceparent: string;
  /** Takes events of spans from inside: a JSON list of them. Inside an interpreter the host does. */
  readonly onSpans: (events: string) => void;
}

/** The trace that a run inside an interpreter belongs to. */
export interface InnerTrace {
  /** The span of the run's own thread. */
  readonly traceparent: string;
  /** Tells the host of an event, in JSON: at the end of the run, or when there are many. */
  readonly record: (event: string) => void;
  /** Tells the host now of what there is. */
  readonly flush: () => void;
}

/** The trace of the run that is begun right now. */
let begun: RunTrace | undefined;
/** The trace of the run in progress in this thread. */
let inner: InnerTrace | undefined;

/** Calls a function; the runs that it begins at once belong to the trace. */
export function tracing<R>(trace: RunTrace, begin: () => R): R {
  const outer = begun;
  begun = trace;
  try {
    return begin();
  } finally {
    begun = outer;
  }
}

/** The trace of a run that begins now; `undefined` if nobody traces it. */
export function begunTrace(): RunTrace | undefined {
  return begun;
}

/** The trace of the run in progress in this thread; `undefined` if it has none. */
export function innerTrace(): InnerTrace | undefined {
  return inner;
}

/** Says which trace the run in progress in this thread has. */
export function setInnerTrace(trace: InnerTrace | undefined): void {
  inner = trace;
}
