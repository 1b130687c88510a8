// XState's inspection events as plain JSON. Contexts and events of machines may have anything in
// them, also what is secret or endless. So only the beginning of texts and lists goes out, and only
// some levels of what is nested.

import { describe, excerptOf } from "./excerpt.ts";
import type { ActorEvent, ActorName, ActorSnapshot } from "./protocol.ts";

const MOST_ENTRIES = 20;
const MOST_LEVELS = 3;

/** The event as JSON; `undefined` for kinds that the live view has no use for. */
export function actorEventOf(inspected: unknown): ActorEvent | undefined {
  const { type, actorRef, rootId, sourceRef, event, snapshot } = fieldsOf(inspected);
  if (type !== "@xstate.actor" && type !== "@xstate.event" && type !== "@xstate.snapshot") {
    return undefined;
  }
  const actor = nameOf(actorRef);
  if (actor === null) return undefined;
  return {
    type,
    rootId: String(rootId),
    actor,
    source: nameOf(sourceRef),
    event: type === "@xstate.actor" ? null : eventOf(event),
    snapshot: type === "@xstate.event" ? null : snapshotOf(snapshot ?? ask(actorRef)),
    time: Date.now(),
  };
}

function nameOf(actor: unknown): ActorName | null {
  const { id, sessionId } = fieldsOf(actor);
  return typeof sessionId === "string" ? { id: String(id), sessionId } : null;
}

function ask(actor: unknown): unknown {
  const { getSnapshot } = fieldsOf(actor);
  return typeof getSnapshot === "function" ? Reflect.apply(getSnapshot, actor, []) : undefined;
}

function eventOf(event: unknown): { readonly type: string } {
  const { type, ...rest } = fieldsOf(event);
  return { type: String(type), ...fieldsOf(plain(rest, MOST_LEVELS)) };
}

function snapshotOf(snapshot: unknown): ActorSnapshot | null {
  const { status, value = null, context } = fieldsOf(snapshot);
  if (typeof status !== "string") return null;
  return {
    status,
    value: plain(value, MOST_LEVELS) ?? null,
    context: plain(context, MOST_LEVELS) ?? null,
  };
}

/** A copy that JSON can have; `undefined` for what it cannot. */
function plain(value: unknown, levels: number): unknown {
  switch (typeof value) {
    case "string":
      return excerptOf(value);
    case "number":
    case "boolean":
      return value;
    case "bigint":
      return `${value}n`;
    case "object":
      try {
        return value === null ? null : plainObject(value, levels);
      } catch {
        // A getter or a proxy of the program's throws.
        return undefined;
      }
    default:
      return undefined;
  }
}

function plainObject(value: object, levels: number): unknown {
  if (value instanceof Error) return describe(value);
  if (nameOf(value) !== null) return nameOf(value);
  if (levels === 0) return "…";
  if (Array.isArray(value)) {
    return value.slice(0, MOST_ENTRIES).map((one) => plain(one, levels - 1) ?? null);
  }
  if (value instanceof Map) {
    return [...value].slice(0, MOST_ENTRIES).map((entry) => plain(entry, levels));
  }
  const entries = Object.entries(value).slice(0, MOST_ENTRIES).map(([key, one]) =>
    [key, plain(one, levels - 1)] as const
  );
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}

/** The properties of an object; none of anything else. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each property is looked at before it is used
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}
