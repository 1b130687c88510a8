// Metrics of interpreters, runs and channels, for whatever exporter the program has. They are made of
// the topics of `node:diagnostics_channel`, and of a look at the channels now and then: nothing is
// spent while nobody provides the layer.

import type * as Context from "effect/Context";
import type * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Metric from "effect/Metric";
import * as Schedule from "effect/Schedule";
import type { ChannelFacts } from "../api/inspection.ts";
import { inspection } from "../door.js";
import {
  type CreateMessage,
  creates,
  type EndMessage,
  ends,
  type RunMessage,
  runs,
} from "../host/diagnostics.ts";

/** How metrics are taken. */
export interface MetricsOptions {
  /**
   * How often channels and queues are looked at.
   * @default "1 second"
   */
  readonly interval?: Duration.Input;
}

const DURATIONS = Metric.exponentialBoundaries({ start: 0.125, factor: 2, count: 20 });
const DEPTHS = Metric.boundariesFromIterable([0, 1, 2, 5, 10, 20, 50, 100, 1_000, 10_000, 100_000]);
const MILLISECONDS = { unit: "ms" };
/** What `reason` of an ended interpreter may be; `terminate` takes any text. */
const REASONS: ReadonlySet<string> = new Set([
  "closed",
  "disposed",
  "retired",
  "timeout",
  "aborted",
  "exit",
  "out of memory",
  "output limit",
  "crash",
]);
/** The count of received items begins again after so many. */
const WRAP = 2 ** 32;
const KINDS = ["channel", "queue"] as const;

const created = Metric.counter("subinterpreters.interpreters.created", {
  description: "Interpreters that were created",
  incremental: true,
});
const creation = Metric.histogram("subinterpreters.create.duration", {
  description: "Milliseconds from create() until the interpreter is idle",
  attributes: MILLISECONDS,
  boundaries: DURATIONS,
});
const ended = labelled((reason) =>
  Metric.counter("subinterpreters.interpreters.ended", {
    description: "Interpreters that have ended, by reason",
    attributes: { reason },
    incremental: true,
  })
);
const interpreters = labelled((state) =>
  Metric.gauge("subinterpreters.interpreters", {
    description: "Interpreters that exist, by state",
    attributes: { state },
  })
);
const runsEnded = labelled((kind, outcome) =>
  Metric.counter("subinterpreters.runs", {
    description: "Runs that have ended, by kind and outcome",
    attributes: { kind, outcome },
    incremental: true,
  })
);
const runTime = labelled((kind) =>
  Metric.histogram("subinterpreters.run.duration", {
    description: "Milliseconds from the start of a run to its end",
    attributes: { ...MILLISECONDS, kind },
    boundaries: DURATIONS,
  })
);
const channels = labelled((kind) =>
  Metric.gauge("subinterpreters.channels", {
    description: "Channels and queues that are open",
    attributes: { kind },
  })
);
const waiting = labelled((kind) =>
  Metric.gauge("subinterpreters.channel.waiting", {
    description: "Items that wait to be received, in all channels or queues",
    attributes: { kind },
  })
);
const depth = labelled((kind) =>
  Metric.histogram("subinterpreters.channel.depth", {
    description: "Items that wait in one channel or queue, at each look",
    attributes: { kind },
    boundaries: DEPTHS,
  })
);
const received = labelled((kind) =>
  Metric.counter("subinterpreters.channel.items", {
    description: "Items that were received",
    attributes: { kind },
    incremental: true,
  })
);

/**
 * Keeps metrics of all interpreters, runs, channels and queues of the program while the layer is
 * there: `subinterpreters.interpreters.created`, `.runs`, `.run.duration` and others, which
 * docs/observability.md lists. Gauges are 0 when the layer closes. Exporters read them as they read the program's own. Provide it
 * once; inside an interpreter it counts nothing, because only the program hears.
 *
 * @param options How often channels are looked at.
 * @returns The layer.
 *
 * @example Count runs
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Metric from "effect/Metric";
 * import { Interpreter, Metrics } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const interpreter = yield* Interpreter.make();
 *   yield* Interpreter.run(interpreter, "1 + 1");
 *   yield* Effect.yieldNow;
 *   return yield* Metric.snapshot;
 * });
 * const snapshot = await Effect.runPromise(
 *   Effect.scoped(program).pipe(Effect.provide(Metrics.layer())),
 * );
 * assert.ok(snapshot.some(({ id }) => id === "subinterpreters.runs"));
 * ```
 */
export function layer({ interval = "1 second" }: MetricsOptions = {}): Layer.Layer<never> {
  return Layer.effectDiscard(Effect.gen(function* () {
    const context = yield* Effect.context();
    yield* Effect.acquireRelease(
      Effect.sync(() => watch(context)),
      (stop) => Effect.sync(stop),
    );
    const look = looker(context);
    yield* Effect.forkScoped(
      Effect.sync(look).pipe(Effect.repeat(Schedule.spaced(interval))),
    );
  }));
}

/** Listens to the topics; the function returned ends that. */
function watch(context: Context.Context<never>): () => void {
  const idle = new Set<number>();
  const running = new Set<number>();
  const count = () => {
    interpreters("idle").updateUnsafe(idle.size, context);
    interpreters("running").updateUnsafe(running.size, context);
  };
  const onCreate = ({ id, duration }: CreateMessage) => {
    if (!running.has(id)) idle.add(id);
    created.updateUnsafe(1, context);
    creation.updateUnsafe(duration, context);
    count();
  };
  const onEnd = ({ id, reason }: EndMessage) => {
    idle.delete(id);
    running.delete(id);
    ended(REASONS.has(reason) ? reason : "terminated").updateUnsafe(1, context);
    count();
  };
  const onRun = (message: RunMessage) => {
    const { id, kind } = message;
    // One that ended with its interpreter may be told of after that.
    const isThere = idle.delete(id) || running.delete(id);
    if (isThere) (message.phase === "start" ? running : idle).add(id);
    count();
    if (message.phase === "start") return;
    runsEnded(kind, message.outcome).updateUnsafe(1, context);
    runTime(kind).updateUnsafe(message.duration, context);
  };
  for (const { id, state } of inspection?.interpreters() ?? []) {
    (state === "running" ? running : idle).add(id);
  }
  count();
  const stops = [creates.subscribe(onCreate), ends.subscribe(onEnd), runs.subscribe(onRun)];
  return () => {
    for (const stop of stops) stop();
    // Nobody would set them right any more.
    idle.clear();
    running.clear();
    count();
    for (const kind of KINDS) {
      channels(kind).updateUnsafe(0, context);
      waiting(kind).updateUnsafe(0, context);
    }
  };
}

/** Gives a function that looks at the channels. */
function looker(context: Context.Context<never>): () => void {
  /** How many items each channel had given when it was looked at last. */
  let known = new Map<string, number>();
  let isFirst = true;
  return () => {
    const facts = inspection?.channels() ?? [];
    const seen = new Map<string, number>();
    for (const kind of KINDS) {
      const all = facts.filter((one) => one.kind === kind);
      channels(kind).updateUnsafe(all.length, context);
      waiting(kind).updateUnsafe(sum(all, (one) => one.depth), context);
      received(kind).updateUnsafe(
        sum(all, (one) => {
          const key = `${kind} ${one.id}`;
          seen.set(key, one.received);
          // What was there before the layer is not counted, what is made later from its beginning.
          const before = known.get(key) ?? (isFirst ? one.received : 0);
          return (one.received - before + WRAP) % WRAP;
        }),
        context,
      );
      for (const one of all) depth(kind).updateUnsafe(one.depth, context);
    }
    known = seen;
    isFirst = false;
  };
}

function sum(facts: readonly ChannelFacts[], of: (one: ChannelFacts) => number): number {
  return facts.reduce((total, one) => total + of(one), 0);
}

/** One metric for each combination of labels, made when it is needed. */
function labelled<Labels extends readonly string[], One>(
  make: (...labels: Labels) => One,
): (...labels: Labels) => One {
  const made = new Map<string, One>();
  return (...labels) => {
    const key = labels.join();
    const known = made.get(key);
    if (known !== undefined) return known;
    const one = make(...labels);
    made.set(key, one);
    return one;
  };
}
