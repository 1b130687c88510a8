// The W3C's `traceparent`, version 00: how the parts of a trace name the span that they belong to.

/** The ids that name a span. */
export interface SpanIds {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}

const PATTERN = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/;

/** The text for a span that is sampled; `undefined` if its ids are none of the W3C's. */
export function traceparentOf({ traceId, spanId }: SpanIds): string | undefined {
  const text = `00-${traceId}-${spanId}-01`;
  return PATTERN.test(text) ? text : undefined;
}

/** The ids in a text; `undefined` if it is none. */
export function readTraceparent(value: unknown): SpanIds | undefined {
  const [, traceId, spanId] = typeof value === "string" ? PATTERN.exec(value) ?? [] : [];
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId };
}
