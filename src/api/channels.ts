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
 * It has as many senders and receivers as hold its ends, in any interpreter. It lives until
 * it is closed. The process may have 20,480 channels, and all interpreters but the main one
 * 12,288 of them; one of these, together with those that it created, 4096. A closed channel
 * counts until its memory has been collected.
 *
 * @typeParam T Type of the items, for the compiler alone: nothing checks it when they cross.
 * @param options What becomes of a dead sender's items, and the size to start with.
 * @returns Both ends.
 * @throws {TypeError} An option has the wrong type, or there is no option of that name.
 * @throws {RangeError} `capacity` is not an integer from 1 to 536870912, or there are too many
 *   channels.
 * @see PEP 554 `create_channel`; differs: options, and ends that close for everybody.
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
export function createChannel<T = unknown>(
  options: ChannelOptions = {},
): [RecvChannel<T>, SendChannel<T>] {
  return ends<T>(realm().createChannel(checkChannelOptions(options)));
}

/**
 * Lists the open channels that this interpreter may reach: all, or for a sandbox those that
 * it made or was handed.
 *
 * @returns A new array of pairs of ends, ordered by id.
 * @see PEP 554 `list_all_channels`; CPython's code lists closed ones as well.
 *
 * @example A new channel is the last
 * ```ts
 * import { createChannel, listAllChannels } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const [recv, send] = createChannel();
 * assert.deepEqual(listAllChannels().at(-1)?.map(({ id }) => id), [recv.id, send.id]);
 * send.close();
 * assert.equal(listAllChannels().some(([{ id }]) => id === recv.id), false);
 * ```
 */
export function listAllChannels(): [RecvChannel, SendChannel][] {
  return realm().listChannels().map((id) => ends(id));
}

/**
 * Tells whether a value can cross between interpreters without loss.
 *
 * It looks at every part, which calls getters as sending would, and never throws. Properties
 * that are not enumerable do not count: they stay behind, as in structured cloning.
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

function ends<T>(id: number): [RecvChannel<T>, SendChannel<T>] {
  return [new RecvChannel(id), new SendChannel(id)];
}
