// UNBOUND, the value that takes the place of an item whose sender is gone.

// Taken now: source may declare names of its own that hide these.
const { Object } = globalThis;

/**
 * What `recv` and `get` give in place of an item whose sender's interpreter has ended, on a channel
 * or queue made with `unboundItems: "replace"`. It is one frozen object for each realm, and it
 * cannot be sent.
 *
 * @see PEP 734 `interpreters.UNBOUND`.
 *
 * @example The sender is gone
 * ```ts
 * import { create, createChannel, UNBOUND } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const [recv, send] = createChannel({ unboundItems: "replace" });
 * const interpreter = await create();
 * await interpreter.run("send.sendNowait('from inside')", { channels: { send } });
 * await interpreter.close();
 * assert.equal(recv.recvNowait(), UNBOUND);
 * ```
 */
export const UNBOUND: Readonly<{ toString(): string }> = Object.freeze({
  toString: (): string => "UNBOUND",
});
