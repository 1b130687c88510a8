// The longest message that this realm may send. It is set once, before source runs. The host
// checks again whatever passes through it.

// Taken now: source may declare names of its own that hide these.
const { RangeError } = globalThis;

let limit = Infinity;

/** Sets the longest message of this realm, in bytes. */
export function setMessageLimit(bytes: number): void {
  limit = bytes;
}

/** Whether a message is longer than this realm may send. */
export function exceedsLimit({ length }: { readonly length: number }): boolean {
  return length > limit;
}

/**
 * Refuses a message that is longer than this realm may send.
 *
 * @param what What cannot be done then, for the message: "Cannot send on channel 3".
 */
export function checkMessage(what: string, bytes: { readonly length: number }): void {
  if (exceedsLimit(bytes)) throw tooLong(what, { length: bytes.length, limit });
}

/** The error of a message that cannot be sent, with other words for what cannot be done. */
export function asErrorOf(what: string, { message }: RangeError): RangeError {
  const at = message.indexOf(": ");
  return new RangeError(at < 0 ? `${what}: ${message}` : what + message.slice(at));
}

/** The error for a message that is too long. */
export function tooLong(
  what: string,
  { length, limit: most }: { readonly length: number; readonly limit: number },
): RangeError {
  return new RangeError(`${what}: the message has ${length} bytes, the limit is ${most}`);
}
