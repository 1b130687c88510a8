// The channel ends that a run of a test is given: those of this realm.

import { openEnd } from "../../api/ends.ts";
import { RecvChannel, SendChannel } from "../../door.js";
import type { EndReference, EndReferences } from "../../protocol/options.ts";

/**
 * Names and what they stand for.
 *
 * @throws {ChannelClosedError | ChannelNotFoundError} A channel is closed, or there is none.
 */
export function endsOf(
  channels: EndReferences,
): { readonly names: readonly string[]; readonly values: readonly unknown[] } {
  return channels.kind === "pair"
    ? { names: ["channels"], values: [channels.pair.map(endOf)] }
    : { names: channels.names, values: channels.ends.map(endOf) };
}

function endOf({ end, id }: EndReference): RecvChannel | SendChannel {
  const isRecv = end === "recv";
  openEnd(id, isRecv ? "receive from" : "send on");
  return isRecv ? new RecvChannel(id) : new SendChannel(id);
}
