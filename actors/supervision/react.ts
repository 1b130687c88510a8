// What an event means for a supervisor's tree: which child it is about, how that ended, who is up.

import type { AnyActorRef, Snapshot } from "xstate";
import { Interpreter } from "../../src/door.js";
import { isAbnormal } from "./interpreter_end.ts";
import { hasEnded, mannersOf } from "./orderly.ts";
import type { SupervisionContext, SupervisionEmitted, SupervisionEvent } from "./events.ts";
import type { CheckedSupervision } from "./options.ts";
import { change, type ChildEnd, ended, ending, type Step, type Tree, waited } from "./tree.ts";

/** What came of an event. */
export interface Reaction {
  readonly tree: Tree;
  readonly steps: readonly Step[];
  /** What listeners are told. */
  readonly news: readonly SupervisionEmitted[];
  /** An actor that has ended, for XState to forget. */
  readonly gone: AnyActorRef | undefined;
}

/** How the supervisor counts, and the time of its clock. */
interface Circumstances {
  readonly rules: CheckedSupervision;
  readonly nowMs: number;
}

/** What an event does to what the supervisor knows. */
export function reactTo(
  context: SupervisionContext,
  event: SupervisionEvent,
  circumstances: Circumstances,
): Reaction {
  const known = "actorId" in event ? context.children.get(event.actorId)?.actor : undefined;
  // An event of an actor that is no longer the child's may come late.
  if ("actorId" in event && known !== undefined && hasEnded(known)) {
    return afterEnd(context, known, { child: event.actorId, ...circumstances });
  }
  const tree = afterRequest(context, event);
  return { steps: [], gone: undefined, ...withThoseUp(tree, circumstances) };
}

function afterEnd(
  tree: Tree,
  gone: AnyActorRef,
  { child, ...circumstances }: Circumstances & { readonly child: string },
): Reaction {
  const end: ChildEnd = { child, ...howEnded(gone) };
  const wasAsked = tree.children.get(child)?.isCondemned === true;
  // One that never was up may have had an interpreter all the same, whose thread is still ending.
  const seen = change(tree, [child], ({ interpreter }) => ({
    interpreter: interpreterOf(gone) ?? interpreter,
  }));
  const { restarting, ...outcome } = ended(seen, end, circumstances);
  const news: SupervisionEmitted[] = wasAsked ? [] : [{ type: "ended", ...end }];
  if (restarting !== undefined) news.push({ type: "restarting", ...restarting });
  return { ...outcome, news, gone };
}

function afterRequest(context: SupervisionContext, event: SupervisionEvent): Tree {
  if (event.type === "SHUTDOWN") return ending(context, { reason: "shut down" });
  if (event.type === "RESTART.DUE" && "child" in event) return waited(context, event.child);
  return context;
}

/** Children that were starting and are up. */
function withThoseUp(
  tree: Tree,
  { rules, nowMs }: Circumstances,
): Pick<Reaction, "tree" | "news"> {
  const up = rules.children.filter(({ id, src }) => {
    const { phase, actor } = tree.children.get(id) ?? {};
    return phase === "starting" && actor !== undefined &&
      mannersOf(src)?.isUp(actor.getSnapshot()) === true;
  }).map(({ id }) => id);
  return {
    tree: change(tree, up, ({ actor }) => ({
      ...{ phase: "up", interpreter: interpreterOf(actor), startedMs: nowMs },
    })),
    news: up.map((child) => {
      const restarts = tree.children.get(child)?.restarts ?? 0;
      return { type: "up", child, restarts };
    }),
  };
}

/** The interpreter that an actor's context has. */
function interpreterOf(actor: AnyActorRef | undefined): Interpreter | undefined {
  const snapshot: unknown = actor?.getSnapshot();
  if (!hasField(snapshot, "context") || !hasField(snapshot.context, "interpreter")) {
    return undefined;
  }
  const { interpreter } = snapshot.context;
  return interpreter instanceof Interpreter ? interpreter : undefined;
}

function howEnded(actor: AnyActorRef): Omit<ChildEnd, "child"> {
  const { status, output, error }: Snapshot<unknown> = actor.getSnapshot();
  if (status === "error") {
    return { reason: textOf(error), error: error ?? new Error("The child threw no error") };
  }
  const reason = hasField(output, "reason") ? textOf(output.reason) : "done";
  return {
    reason,
    error: hasField(output, "error") && isAbnormal(output) ? output.error : undefined,
  };
}

function textOf(value: unknown): string {
  return value instanceof Error ? value.message : String(value);
}

function hasField<Name extends string>(
  value: unknown,
  name: Name,
): value is Readonly<Record<Name, unknown>> {
  return typeof value === "object" && value !== null && name in value;
}
