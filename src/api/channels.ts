// Making and listing channels, and the question what can go through one.

import { isChannelKey } from "../codec/handles.ts";
import { canCross } from "../codec/shareable.ts";
import { checkChannelOptions } from "./channel_options.ts";
import type { ChannelOptions } from "./options.ts";
import { realm } from "./realm.ts";
import { RecvChannel } from "./recv_channel.ts";
import { SendChannel } from "./send_channel.ts";
import { checkSchema } from "./validation.ts";

/**
 * Creates a channel.
 *
 * It has as many senders and receivers as hold its ends, in any interpreter. It lives until
 * it is closed. The process may have 20,480 channels, and all interpreters but the main one
 * 12,288 of them; one of these, together with those that it created, 4096. A closed channel
 * counts until its memory has been collected.
 *
 * With a `schema` each item is validated where it is received: by the end that this returns.
 * What does not fit is taken out of the channel and dropped, and the receive ends in a
 * `ValidationError`. Senders are not checked: nobody can trust what checks itself.
 *
 * @typeParam Input Type of what is sent. Without a schema it is for the compiler alone.
 * @typeParam Output Type of what is received, which differs if the schema transforms.
 * @param options What items must fit, what becomes of a dead sender's items, and the size to
 *   start with.
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
 * const [recv, send] = createChannel<number>();
 * await using interpreter = await create();
 * await interpreter.run("out.sendNowait(6 * 7)", { channels: { out: send } });
 * assert.equal(recv.recvNowait(), 42);
 * ```
 *
 * @example Items of code that nobody trusts
 * ```ts
 * import { create, createChannel, ValidationError } from "subinterpreters";
 * import * as z from "zod";
 * import assert from "node:assert/strict";
 *
 * const [recv, send] = createChannel({ schema: z.object({ score: z.number().max(10) }) });
 * await using plugin = await create();
 * await plugin.run("out.sendNowait({ score: 7 }); out.sendNowait({ score: 1e9 })", {
 *   channels: { out: send },
 * });
 * const { score } = await recv.recv();
 * assert.equal(score, 7);
 * await assert.rejects(recv.recv(), ValidationError);
 * ```
 */
export function createChannel<Input = unknown, Output = Input>(
  options: ChannelOptions<Input, Output> = {},
): [RecvChannel<Output>, SendChannel<Input>] {
  const checked = checkChannelOptions(options);
  const { schema } = options;
  if (schema === undefined) return ends(realm().createChannel(checked));
  checkSchema("Cannot create a channel: schema", schema);
  const id = realm().createChannel(checked);
  return [new RecvChannel(id, { schema }), new SendChannel(id)];
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
  return realm().listChannels().filter(isChannelKey).map((id) => ends(id));
}

/**
 * Tells whether a value can cross between interpreters without loss.
 *
 * It looks at every part, which calls getters as sending would, and never throws. Properties
 * that are not enumerable do not count: they stay behind, as in structured cloning. Shared
 * memory and a `WebAssembly.Module` cross without being copied.
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

function ends<Input, Output>(id: number): [RecvChannel<Output>, SendChannel<Input>] {
  return [new RecvChannel(id), new SendChannel(id)];
}
