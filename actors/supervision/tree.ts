// What a supervisor knows about its children, and what it decides: pure functions from one tree to
// the next, and the steps that lead there. They start and stop nothing themselves.

import type { AnyActorRef } from "xstate";
import type { Interpreter } from "../../src/api/interpreter.ts";
import type { CheckedChild, CheckedSupervision } from "./options.ts";

/**
 * Where a child is. `"down"`: it is to be started. `"waiting"`: for the delay of its backoff.
 * `"starting"`: it is not up yet. `"up"`. `"stopping"`: it was asked to end. `"over"`: it has
 * ended, and does not come back by itself.
 */
export type Phase = "down" | "waiting" | "starting" | "up" | "stopping" | "over";

/** What a supervisor knows about a child. */
export interface SupervisedChild {
  /** Where it is. */
  readonly phase: Phase;
  /** How often it was started again because it had ended. */
  readonly restarts: number;
  /** How many of these were in a row. */
  readonly attempt: number;
  /** Its present actor; `undefined` while there is none. */
  readonly actor: AnyActorRef | undefined;
  /** Its present interpreter, if it is one and is up; else `undefined`. */
  readonly interpreter: Interpreter | undefined;
  /** The interpreter that it had before. */
  readonly previous: Interpreter | undefined;
  /** When it was up, or was started if it is not up yet, in milliseconds of the actors' clock. */
  readonly startedMs: number;
  /** Whether it is to be ended, because of another's end or the supervisor's. */
  readonly isCondemned: boolean;
  /** Whether it is started on its own, and not after all that are before it. */
  readonly isAlone: boolean;
}

/** How a child ended. */
export interface ChildEnd {
  /** Its id. */
  readonly child: string;
  /** Why, in words. */
  readonly reason: string;
  /** What made it a failure; `undefined` if it was none. */
  readonly error: unknown;
}

/** Why the supervisor itself ends: it was asked to, or it gave up. */
export type Goal = { readonly reason: "shut down" } | {
  readonly reason: "gave up";
  /** The end that it could not make good. */
  readonly end: ChildEnd;
  /** Why it could not go on, if that is not the number of restarts. */
  readonly cause: unknown;
};

/** All that a supervisor knows. */
export interface Tree {
  /** Its children by their ids, in the order in which they are started. */
  readonly children: ReadonlyMap<string, SupervisedChild>;
  /** When the restarts were that count for `intensity`, in milliseconds of the actors' clock. */
  readonly recent: readonly number[];
  /** Whether a group of children waits for the delay of a backoff. */
  readonly isHeld: boolean;
  /** Why it is ending; `undefined` if it is not. */
  readonly goal: Goal | undefined;
}

/** What is to be done for a tree. */
export type Step =
  | { readonly do: "start" | "cancel"; readonly child: string }
  | { readonly do: "ask" | "stop"; readonly child: string; readonly actor: AnyActorRef }
  | { readonly do: "wait"; readonly child: string; readonly ms: number };

/** What the supervisor tells of a restart. */
export interface Restarting {
  /** The child that ended. */
  readonly child: string;
  /** All that are started again: this child, and those that its strategy ends with it. */
  readonly children: readonly string[];
  /** How many restarts of it were in a row, this one included. */
  readonly attempt: number;
  /** Milliseconds until they are started, or longer if others have to be ended first. */
  readonly delay: number;
}

/** What came of an end. */
export interface Outcome {
  readonly tree: Tree;
  readonly steps: readonly Step[];
  readonly restarting: Restarting | undefined;
}

/** The name of the delay that a group of children has together: no child has an empty id. */
export const GROUP = "";

const FRESH: SupervisedChild = {
  phase: "down",
  restarts: 0,
  actor: undefined,
  interpreter: undefined,
  attempt: 0,
  startedMs: 0,
  isCondemned: false,
  isAlone: false,
  previous: undefined,
};

/** The tree of a supervisor that has started nothing yet. */
export function newTree(children: readonly CheckedChild[]): Tree {
  const nodes = new Map(children.map(({ id }) => [id, FRESH]));
  return { children: nodes, recent: [], isHeld: false, goal: undefined };
}

/** The tree of a supervisor that has ended. */
export function overTree(children: readonly CheckedChild[]): Tree {
  return change(newTree(children), children.map(({ id }) => id), overNow);
}

/** The tree with some of its children changed. */
export function change(
  tree: Tree,
  ids: readonly string[],
  make: (node: SupervisedChild) => Partial<SupervisedChild>,
): Tree {
  const nodes = new Map(tree.children);
  for (const id of ids) {
    const node = nodes.get(id);
    if (node !== undefined) nodes.set(id, { ...node, ...make(node) });
  }
  return { ...tree, children: nodes };
}

/** Whether every child is up, or not to be started any more. */
export function isWhole({ children }: Tree): boolean {
  return [...children.values()].every(({ phase }) => phase === "up" || phase === "over");
}

/** Whether no child is there any more. */
export function isOver({ children }: Tree): boolean {
  return [...children.values()].every(({ phase }) => phase === "over");
}

/** Everything is to end, in reverse order. */
export function ending(tree: Tree, goal: Goal): Tree {
  if (tree.goal !== undefined) return tree;
  const all = [...tree.children.keys()];
  return { ...change(tree, all, () => ({ isCondemned: true })), isHeld: false, goal };
}

/** A child has ended, asked to or not. */
export function ended(
  tree: Tree,
  end: ChildEnd,
  { rules, nowMs }: { readonly rules: CheckedSupervision; readonly nowMs: number },
): Outcome {
  const node = tree.children.get(end.child);
  const spec = rules.children.find(({ id }) => id === end.child);
  if (node === undefined || spec === undefined) return { tree, steps: [], restarting: undefined };
  const gone = change(tree, [end.child], () => ({
    phase: "down",
    actor: undefined,
    interpreter: undefined,
    previous: node.interpreter ?? node.previous,
  }));
  if (node.isCondemned) {
    const isLast = spec.restart === "temporary";
    const left = isLast ? change(gone, [end.child], overNow) : gone;
    return { tree: left, steps: [], restarting: undefined };
  }
  const isWanted = spec.restart === "permanent" ||
    (spec.restart === "transient" && end.error !== undefined);
  if (!isWanted) {
    return { tree: change(gone, [end.child], overNow), steps: [], restarting: undefined };
  }
  const recent = [...tree.recent.filter((ms) => nowMs <= ms + rules.periodMs), nowMs];
  const counted = { ...gone, recent };
  if (recent.length > rules.intensity) {
    return giveUp(counted, end, undefined);
  }
  const hasStayed = node.phase === "up" && nowMs - node.startedMs >= rules.periodMs;
  const attempt = hasStayed ? 1 : node.attempt + 1;
  try {
    const delay = rules.delays.delayOf(attempt, restartsOf(tree) + 1);
    return restart(counted, { end, attempt, delay, rules });
  } catch (cause) {
    return giveUp(counted, end, cause);
  }
}

function restartsOf({ children }: Tree): number {
  return [...children.values()].reduce((sum, { restarts }) => sum + restarts, 0);
}

function giveUp(tree: Tree, end: ChildEnd, cause: unknown): Outcome {
  return {
    tree: ending(tree, { reason: "gave up", end, cause }),
    steps: [],
    restarting: undefined,
  };
}

function overNow(): Partial<SupervisedChild> {
  return { phase: "over" };
}

function restart(
  tree: Tree,
  { end: { child }, attempt, delay, rules: { strategy, children } }: {
    readonly end: ChildEnd;
    readonly attempt: number;
    readonly delay: number;
    readonly rules: CheckedSupervision;
  },
): Outcome {
  const ids = children.map(({ id }) => id);
  const isAlone = strategy === "one_for_one";
  const group = isAlone
    ? [child]
    : strategy === "one_for_all"
    ? ids
    : ids.slice(ids.indexOf(child));
  // As in Erlang: with its group even a transient child comes back that had done its work.
  const concerned = children.filter(({ id, restart: kind }) =>
    group.includes(id) && (kind === "transient" || tree.children.get(id)?.phase !== "over")
  ).map(({ id }) => id);
  const counted = change(tree, [child], ({ restarts }) => ({
    restarts: restarts + 1,
    attempt,
    isAlone,
    phase: isAlone && delay > 0 ? "waiting" : "down",
  }));
  const others = concerned.filter((id) => id !== child);
  const condemned = change(counted, others, ({ phase }) => ({
    ...{ isCondemned: true, isAlone: false, phase: phase === "over" ? "down" : phase },
  }));
  const restarting = { child, children: concerned, attempt, delay };
  if (delay === 0) return { tree: condemned, steps: [], restarting };
  const name = isAlone ? child : GROUP;
  return {
    tree: isAlone ? condemned : { ...condemned, isHeld: true },
    steps: [{ do: "cancel", child: name }, { do: "wait", child: name, ms: delay }],
    restarting,
  };
}

/** The delay of a child, or of a group, is over. */
export function waited(tree: Tree, child: string): Tree {
  if (child === GROUP) return { ...tree, isHeld: false };
  return change(tree, [child], ({ phase }) => phase === "waiting" ? { phase: "down" } : {});
}

/**
 * The steps that can be taken now: one by one what is to end, in reverse order; when all that has
 * ended, what is to be started, each after those before it.
 */
export function advance(
  tree: Tree,
  { rules, isOrderly }: {
    readonly rules: CheckedSupervision;
    readonly isOrderly: (child: CheckedChild) => boolean;
  },
): { readonly tree: Tree; readonly steps: readonly Step[] } {
  const steps: Step[] = [];
  let next = tree;
  for (const child of rules.children.toReversed()) {
    const node = next.children.get(child.id);
    if (node?.isCondemned !== true) continue;
    if (node.phase === "stopping") return { tree: next, steps };
    const { actor } = node;
    if (actor !== undefined && isOrderly(child)) {
      steps.push({ do: "ask", child: child.id, actor });
      return { tree: change(next, [child.id], () => ({ phase: "stopping" })), steps };
    }
    if (actor !== undefined) steps.push({ do: "stop", child: child.id, actor });
    if (node.phase === "waiting") steps.push({ do: "cancel", child: child.id });
    const isLast = next.goal !== undefined || node.phase === "over" ||
      (child.restart === "temporary" && actor !== undefined);
    next = change(next, [child.id], () => ({
      phase: isLast ? "over" : "down",
      isCondemned: false,
      actor: undefined,
      interpreter: undefined,
    }));
  }
  if (next.goal !== undefined) return { tree: next, steps };
  let isReady = !next.isHeld;
  for (const child of rules.children) {
    const node = next.children.get(child.id);
    if (node?.phase === "down" && (isReady || node.isAlone)) {
      steps.push({ do: "start", child: child.id });
      const phase = isOrderly(child) ? "starting" : "up";
      next = change(next, [child.id], () => ({ phase }));
    }
    const phase = next.children.get(child.id)?.phase;
    isReady &&= phase === "up" || phase === "over";
  }
  return { tree: next, steps };
}
