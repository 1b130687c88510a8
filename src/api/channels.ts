// Making and listing channels, and the question what can go through one.

import { canCross } from "../codec/shareable.ts";
import { checkChannelOptions } from "./channel_options.ts";
import type { ChannelOptions } from "./options.ts";
import { realm } from "./realm.ts";
import { RecvChannel } from "./recv_channel.ts";
import { SendChannel } from "./send_channel.ts";

/**
 * Creates a channel.
 *
 * @param options What becomes of a dead sender's items, and the size to start with.
 * @returns Both ends. The channel lives until it is closed.
 * @throws {TypeError} An option has the wrong type, or there is no such option.
 * @throws {RangeError} The capacity is out of range, or there are too many channels: 4096 of an
 * interpreter and those that it created, 8192 of the main one. Closed ones count until their
 * memory has been collected.
 * @see PEP 554 `create_channel`.
 *
 * @example Between the program and an interpreter
 * ```ts
 * import { create, createChannel } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const [recv, send] = createChannel();
 * await using interpreter = await create();
 * await interpreter.run("out.sendNowait(6 * 7)", { channels: { out: send } });
 * assert.equal(recv.recvNowait(), 42);
 * ```
 */
export function createChannel(options: ChannelOptions = {}): [RecvChannel, SendChannel] {
  return ends(realm().createChannel(checkChannelOptions(options)));
}

/**
 * Lists the open channels that this interpreter may reach.
 *
 * @returns A new array of pairs of ends, by id.
 * @see PEP 554 `list_all_channels`; CPython's code lists closed ones as well.
 */
export function listAllChannels(): [RecvChannel, SendChannel][] {
  return realm().listChannels().map(ends);
}

/**
 * Tells whether a value can cross between interpreters without loss. Properties that are
 * not enumerable do not count: they stay behind, as in structured cloning.
 *
 * Looks at every part, which calls its getters as sending would, and never throws.
 *
 * @param value Anything.
 * @returns Whether `send` would take it.
 * @see PEP 734 `interpreters.is_shareable`; CPython's code looks at the type alone.
 *
 * @example What crosses and what does not
 * ```ts
 * import { isShareable } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isShareable({ when: new Date(), bytes: new Uint8Array(3) }), true);
 * assert.equal(isShareable([() => {}]), false);
 * ```
 */
export function isShareable(value: unknown): boolean {
  return canCross(value);
}

function ends(id: number): [RecvChannel, SendChannel] {
  return [new RecvChannel(id), new SendChannel(id)];
}
