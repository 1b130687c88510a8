// A supervisor as Erlang/OTP has it, as a machine. What it decides is in tree.ts; here
// the steps are taken: actors are started, asked to end, stopped, and waited for.

import {
  type AnyActorLogic,
  type AnyActorRef,
  type CallbackActorLogic,
  type EventObject,
  fromCallback,
  type ProvidedActor,
  setup,
  type Snapshot,
  type SnapshotFrom,
  type Spawner,
} from "xstate";
import { show } from "../../src/api/checks.ts";
import type { Interpreter } from "../../src/api/interpreter.ts";
import { InterpreterError } from "../../src/door.js";
import { hasEnded, mannersOf, orderly, stopOrphans } from "./orderly.ts";
import type {
  SupervisionContext,
  SupervisionEmitted,
  SupervisionEvent,
  SupervisionMachine,
  SupervisionOutput,
} from "./events.ts";
import {
  type CheckedChild,
  type CheckedSupervision,
  checkSupervision,
  type SuperviseOptions,
} from "./options.ts";
import { reactTo } from "./react.ts";
import { supervisedInterpreter } from "./supervised_interpreter.ts";
import {
  advance,
  change,
  isOver,
  isWhole,
  newTree,
  overTree,
  type Step,
  type Tree,
} from "./tree.ts";

/**
 * Makes actor logic that keeps children running: a supervisor as Erlang/OTP has it.
 *
 * It starts its children in their order, each when the one before is up. A child that ends is
 * started again, alone or with others, as its `restart` and the `strategy` say. Those that have to
 * end for that are ended in reverse order. With more than `intensity` restarts within `period`
 * milliseconds the supervisor gives up: it ends all children in reverse order, and is done with an
 * output that says which child failed and why. That is no error of the actor, so it ends no process.
 *
 * A child is an interpreter, given by its `source` and options, or any actor logic by its `src`,
 * another supervisor too. An interpreter fails when it crashes, is terminated, exceeds a limit,
 * exits with a code other than 0, or when its source throws. Any logic fails with an error, or when
 * it is done with an output that has an `error`, as supervisors that gave up are. Everything else is
 * a normal end.
 *
 * The present interpreter of a child is `context.children.get(id)?.interpreter` of the snapshot, its
 * present actor `actor.system.get(systemId)`. Channel ends of a child go to each new interpreter,
 * so its peers notice nothing: what they send meanwhile waits in the channel. An item that an
 * interpreter had received when it ended is gone with it.
 *
 * Send `SHUTDOWN` to end it. `stop()` ends all interpreters at the same time. A persisted supervisor
 * that had not ended starts all children anew.
 *
 * @param options The children, and what happens when one ends.
 * @returns The logic, a machine, for `createActor`, or to invoke or to spawn.
 * @throws {TypeError} An option has the wrong type, there is no option of that name, or two
 *   children have the same name.
 * @throws {RangeError} A number is out of its range.
 * @throws {UnsupportedError} A child's options of `create` are not supported yet.
 * @see Erlang/OTP `supervisor`; differs: `period` is in milliseconds, there is `backoff`, children
 *   whose delays run are waited for side by side, and a supervisor that gave up has failed for the
 *   supervisor above it, also if it is `"transient"`.
 *
 * @example A worker that comes back
 * ```ts
 * import { createChannel } from "subinterpreters";
 * import { supervise } from "subinterpreters/actors";
 * import { createActor, toPromise } from "xstate";
 * import assert from "node:assert/strict";
 *
 * const [jobs, toJobs] = createChannel();
 * const [results, toResults] = createChannel();
 * const source = `
 *   for await (const job of jobs) {
 *     if (job === "bad") process.exit(1);
 *     results.sendNowait(job * 2);
 *   }
 * `;
 * const worker = { id: "worker", source, channels: { jobs, results: toResults } };
 * const supervisor = createActor(supervise({ intensity: 3, children: [worker] })).start();
 * for (const job of [20, "bad", 21]) toJobs.sendNowait(job);
 * assert.equal(await results.recv(), 40);
 * assert.equal(await results.recv(), 42);
 * supervisor.send({ type: "SHUTDOWN" });
 * assert.equal((await toPromise(supervisor)).reason, "shut down");
 * ```
 */
export function supervise(options: SuperviseOptions): SupervisionMachine {
  const rules = checkSupervision(options);
  const specs = new Map(rules.children.map((child) => [child.id, child]));
  const actors: Record<string, AnyActorLogic> = Object.fromEntries(
    rules.children.map(({ id, src }) => [id, src]),
  );
  const base = setup({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- setup() takes its types so
    types: {} as {
      context: SupervisionContext;
      events: SupervisionEvent;
      output: SupervisionOutput;
      emitted: SupervisionEmitted;
    },
    actors,
    guards: {
      isWhole: ({ context }) => isWhole(context),
      isBroken: ({ context }) => !isWhole(context),
      isEnding: ({ context }) => context.goal !== undefined,
      hasGivenUp: ({ context }) => context.goal?.reason === "gave up" && isOver(context),
      isOver: ({ context }) => isOver(context),
    },
  });
  const decide = base.enqueueActions(({ context, event, enqueue, self }) => {
    const nowMs = timeOf(self);
    const { tree, steps, news, gone } = reactTo(context, event, { rules, nowMs });
    const next = advance(tree, { rules, isOrderly });
    if (gone !== undefined) {
      enqueue(() => stopOrphans(gone));
      enqueue.stopChild(gone);
    }
    enqueue.assign(next.tree);
    for (const told of news) enqueue.emit(told);
    for (const step of [...steps, ...next.steps]) take(step);

    function take(step: Step): void {
      const spec = specs.get(step.child);
      switch (step.do) {
        case "cancel":
          return enqueue.cancel(delayName(step.child));
        case "wait": {
          const due = { type: "RESTART.DUE", child: step.child } as const;
          return enqueue.raise(due, { delay: step.ms, id: delayName(step.child) });
        }
        case "ask":
          // One that has just ended hears nothing any more; its own event is on the way.
          if (spec === undefined || hasEnded(step.actor)) return;
          return enqueue.sendTo(step.actor, mannersOf(spec.src)?.stop ?? SHUTDOWN);
        case "stop":
          return enqueue.stopChild(step.actor);
        case "start":
          if (spec === undefined) return;
          enqueue.assign(({ context: now, spawn, system }) =>
            change(now, [spec.id], ({ previous }) => ({
              actor: start(spec, { previous, spawn, system }),
              startedMs: nowMs,
            }))
          );
          if (isOrderly(spec)) {
            enqueue(({ context: now }) => {
              const up = { type: "CHILD.UP", child: spec.id } as const;
              whenUp(now.children.get(spec.id)?.actor, spec, () => self.send(up));
            });
          } else {
            const restarts = next.tree.children.get(spec.id)?.restarts ?? 0;
            enqueue.emit({ type: "up", child: spec.id, restarts });
          }
      }
    }
  });
  const machine = base.createMachine({
    id: "supervision",
    context: { ...newTree(rules.children), seed: rules.delays.seed },
    entry: decide,
    initial: "starting",
    on: {
      "xstate.done.actor.*": { actions: decide },
      "xstate.error.actor.*": { actions: decide },
      "CHILD.UP": { actions: decide },
      "RESTART.DUE": { actions: decide },
      SHUTDOWN: { actions: decide },
    },
    states: {
      starting: {
        always: [{ guard: "isEnding", target: "ending" }, { guard: "isWhole", target: "running" }],
      },
      running: {
        always: [
          { guard: "isEnding", target: "ending" },
          { guard: "isBroken", target: "restarting" },
        ],
      },
      restarting: {
        always: [{ guard: "isEnding", target: "ending" }, { guard: "isWhole", target: "running" }],
      },
      ending: {
        always: [
          { guard: "hasGivenUp", target: "gaveUp" },
          { guard: "isOver", target: "shutDown" },
        ],
      },
      gaveUp: { type: "final" },
      shutDown: { type: "final" },
    },
    output: ({ context }) => outputOf(context, rules),
  });
  return orderly<SupervisionMachine>(startingAnew(machine, overTree(rules.children)), {
    isUp,
    stop: SHUTDOWN,
  });
}

/** A persisted supervisor starts its children anew: no thread outlives the program. */
function startingAnew(machine: SupervisionMachine, over: Tree): SupervisionMachine {
  const restore = machine.restoreSnapshot.bind(machine);
  return Object.assign(machine, {
    getPersistedSnapshot: ({ status, output, error, value }: PersistedSupervision) => ({
      ...{ status, output, error, value, context: {}, children: {}, historyValue: {} },
    }),
    restoreSnapshot: (
      persisted: Parameters<typeof restore>[0],
      scope: Parameters<typeof restore>[1],
    ) => {
      // One that was stopped had not ended by itself.
      if (persisted.status !== "done") return machine.getInitialSnapshot(scope, undefined);
      const whole = { ...persisted, context: over };
      return restore(whole, scope);
    },
  });
}

type PersistedSupervision = Pick<
  SnapshotFrom<SupervisionMachine>,
  "status" | "output" | "error" | "value"
>;

const SHUTDOWN = { type: "SHUTDOWN" } as const;

function isOrderly({ src }: CheckedChild): boolean {
  return mannersOf(src) !== undefined;
}

/** Of a supervisor that is the child of another: whether all of its children have been up. */
function isUp(snapshot: object): boolean {
  return "value" in snapshot && (snapshot.value === "running" || snapshot.value === "restarting");
}

/** Milliseconds of the clock that the actors have: a simulated one, or the runtime's. */
function timeOf(self: object): number {
  const clock = "clock" in self ? self.clock : undefined;
  if (typeof clock === "object" && clock !== null && "now" in clock) {
    const { now } = clock;
    if (typeof now === "function") return Number(now.call(clock));
  }
  return performance.now();
}

/** The name that the delay of a child has among the machine's. */
function delayName(child: string): string {
  return `restart:${child}`;
}

function start(
  { id, systemId, src, input }: CheckedChild,
  { previous, spawn, system }: {
    readonly previous: Interpreter | undefined;
    readonly spawn: Spawner<ProvidedActor>;
    readonly system: AnyActorRef["system"];
  },
): AnyActorRef {
  if (systemId !== undefined && system.get(systemId) !== undefined) {
    // XState would throw, which would end the supervisor.
    const taken = `Cannot start child ${show(id)}: another actor has the systemId ${
      show(systemId)
    }; give it another`;
    return spawn(refused, { id, input: taken });
  }
  return spawn(id, {
    id,
    ...systemId === undefined ? {} : { systemId },
    input: src === supervisedInterpreter ? Object.assign({ previous }, input) : input,
  });
}

/** Calls back when an actor is up, if it ever is. */
function whenUp(actor: AnyActorRef | undefined, { src }: CheckedChild, up: () => void): void {
  const isUpNow = (snapshot: Snapshot<unknown>) => mannersOf(src)?.isUp(snapshot) === true;
  if (actor === undefined || isUpNow(actor.getSnapshot())) return up();
  const subscription = actor.subscribe({
    next(snapshot) {
      if (!isUpNow(snapshot)) return;
      subscription.unsubscribe();
      up();
    },
    // The supervisor hears of it by an event. Without this XState would throw it from a timer.
    error() {},
  });
}

/** Fails as soon as it is started. */
const refused: CallbackActorLogic<EventObject, string> = fromCallback(({ input }) => {
  throw new InterpreterError(input);
});

function outputOf(
  { goal }: SupervisionContext,
  { intensity, periodMs }: CheckedSupervision,
): SupervisionOutput {
  if (goal?.reason !== "gave up") {
    return { reason: "shut down", child: undefined, error: undefined };
  }
  const { end: { child, reason, error }, cause } = goal;
  const why = cause === undefined
    ? `more than ${intensity} restarts within ${periodMs} ms`
    : `its backoff failed`;
  return {
    reason: "gave up",
    child,
    error: new InterpreterError(
      `The supervisor gave up on child ${show(child)}: ${why}; it ended last with: ${reason}`,
      { cause: cause ?? error },
    ),
  };
}
