// The channels that a run is handed: their ends as variables, or handles inside its values and arguments.

import { ChannelClosedError } from "../../errors.ts";
import type { PassedChannels, PassedEnd } from "../../protocol/frames.ts";
import type { EndReference, PassedRunOptions } from "../../protocol/options.ts";

/** Ids of the channels that a run is handed. */
export function handedChannels({ channels, values, args }: PassedRunOptions): readonly number[] {
  const inside = [...values?.packed.channels ?? [], ...args?.channels ?? []];
  if (channels === null) return inside;
  const ends = channels.kind === "pair" ? channels.pair : channels.ends;
  return [...ends.map(({ id }) => id), ...inside];
}

/**
 * The ends that become variables, with the memory of their channels.
 *
 * @param lend The memory of a channel; `undefined` if it is closed.
 */
export function passChannels(
  { channels }: PassedRunOptions,
  lend: (channel: number) => SharedArrayBuffer | undefined,
): PassedChannels | null {
  if (channels === null) return null;
  const pass = ({ end, id }: EndReference): PassedEnd => {
    const buffer = lend(id);
    if (buffer === undefined) {
      throw new ChannelClosedError(`Cannot pass channel ${id} to a run: it is closed`);
    }
    return { end, buffer };
  };
  if (channels.kind === "pair") {
    const [recv, send] = channels.pair;
    return { kind: "pair", pair: [pass(recv), pass(send)] };
  }
  return { kind: "names", names: channels.names, ends: channels.ends.map(pass) };
}
