// What an interpreter tells of its spans: one event when a span begins, one when it ends, as JSON. They
// may come from source that nobody trusts, so whoever reads them checks each.

import type * as Tracer from "effect/Tracer";

/** An attribute of a span, as it crosses. */
export type AttributeValue = string | number | boolean | readonly (string | number | boolean)[];

/** Attributes of a span, or of an event or a link of it. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A span begins. */
export interface SpanStart {
  readonly event: "start";
  readonly id: string;
  /** `null`: it begins a trace. */
  readonly parentId: string | null;
  readonly traceId: string;
  readonly name: string;
  readonly kind: Tracer.SpanKind;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly attributes: Attributes;
}

/** How an effect failed, for whoever reads the trace. */
export interface SpanError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/** What a span has got between its start and its end. */
export interface SpanDetails {
  readonly attributes: Attributes;
  readonly events: readonly { name: string; time: bigint; attributes: Attributes }[];
  readonly links: readonly { traceId: string; spanId: string; attributes: Attributes }[];
}

/** A span has ended. */
export interface SpanEnd extends SpanDetails {
  readonly event: "end";
  readonly id: string;
  readonly time: bigint;
  /** `null` if its effect succeeded. */
  readonly error: SpanError | "interrupted" | null;
}

/** An event. */
export type SpanEvent = SpanStart | SpanEnd;

/** The longest name, and the longest text of an attribute, in characters. */
const LONGEST_NAME = 200;
const LONGEST_TEXT = 2_000;
/** The most attributes of one thing, and the most events and links of a span. */
const MOST = 64;

/** An event as text. */
export function writeEvent(event: SpanEvent): string {
  return JSON.stringify(
    event,
    (_, value: unknown) => typeof value === "bigint" ? String(value) : value,
  );
}

/** Attributes that can cross, made of whatever a program has given. */
export function attributesOf(entries: Iterable<readonly [string, unknown]>): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  let count = 0;
  for (const [name, value] of entries) {
    if (++count > MOST) break;
    attributes[name.slice(0, LONGEST_NAME)] = attributeOf(value);
  }
  return attributes;
}

function attributeOf(value: unknown): AttributeValue {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "string") return value.slice(0, LONGEST_TEXT);
  if (Array.isArray(value)) return value.slice(0, MOST).map((one) => simpleOf(one));
  return simpleOf(value);
}

function simpleOf(value: unknown): string | number | boolean {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "string") return value.slice(0, LONGEST_TEXT);
  try {
    const text = typeof value === "object" ? JSON.stringify(value) : undefined;
    return (text ?? String(value)).slice(0, LONGEST_TEXT);
  } catch {
    return "a value that cannot be shown";
  }
}

/** The events in a text, without those that make no sense. */
export function readEvents(text: string): SpanEvent[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return [];
  }
  return Array.isArray(list) ? list.map(eventOf).filter((event) => event !== undefined) : [];
}

function eventOf(value: unknown): SpanEvent | undefined {
  const { event, id, time: given } = fieldsOf(value);
  const time = timeOf(given);
  if (!isId(id, 16) || time === undefined) return undefined;
  if (event === "start") return startOf(value, id, time);
  return event === "end" ? endOf(value, id, time) : undefined;
}

function startOf(value: unknown, id: string, time: bigint): SpanStart | undefined {
  const { parentId, traceId, name, kind, attributes } = fieldsOf(value);
  if (!isId(traceId, 32) || typeof name !== "string") return undefined;
  return {
    ...{ event: "start", id, time, traceId, name: name.slice(0, LONGEST_NAME) },
    parentId: isId(parentId, 16) ? parentId : null,
    kind: isKind(kind) ? kind : "internal",
    attributes: attributesOf(Object.entries(fieldsOf(attributes))),
  };
}

function endOf(value: unknown, id: string, time: bigint): SpanEnd {
  const { error, attributes, events, links } = fieldsOf(value);
  return {
    ...{ event: "end", id, time, error: errorOf(error) },
    attributes: attributesOf(Object.entries(fieldsOf(attributes))),
    events: listOf(events).flatMap((one) => {
      const { name, time: at, attributes: more } = fieldsOf(one);
      const moment = timeOf(at);
      if (typeof name !== "string" || moment === undefined) return [];
      const own = attributesOf(Object.entries(fieldsOf(more)));
      return [{ name: name.slice(0, LONGEST_TEXT), time: moment, attributes: own }];
    }),
    links: listOf(links).flatMap((one) => {
      const { traceId, spanId, attributes: more } = fieldsOf(one);
      if (!isId(traceId, 32) || !isId(spanId, 16)) return [];
      return [{ traceId, spanId, attributes: attributesOf(Object.entries(fieldsOf(more))) }];
    }),
  };
}

function errorOf(value: unknown): SpanEnd["error"] {
  if (value === undefined || value === null) return null;
  if (value === "interrupted") return value;
  const { name, message, stack } = fieldsOf(value);
  return {
    name: typeof name === "string" ? name.slice(0, LONGEST_NAME) : "Error",
    message: typeof message === "string" ? message.slice(0, LONGEST_TEXT) : "",
    stack: typeof stack === "string" ? stack.slice(0, 10 * LONGEST_TEXT) : undefined,
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Each field is checked where it is read.
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MOST) : [];
}

/** Zeros alone are no id: a collector may refuse all that comes with them. */
function isId(value: unknown, length: number): value is string {
  return typeof value === "string" && value.length === length &&
    /^[0-9a-f]*[1-9a-f]0*$/.test(value);
}

function timeOf(value: unknown): bigint | undefined {
  return typeof value === "string" && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;
}

const KINDS: readonly unknown[] = ["internal", "server", "client", "producer", "consumer"];

function isKind(value: unknown): value is Tracer.SpanKind {
  return KINDS.includes(value);
}
