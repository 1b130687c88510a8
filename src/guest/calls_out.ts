// What `host` has inside an interpreter: for each function of the creator one that asks the
// host to call it. A call that fails carries the stack of the source that made it.

import { callerHere, withFramesOf } from "../api/caller.ts";
import { MAX_ARGUMENTS, MAX_UNANSWERED, tooManyCalls } from "../api/call_function.ts";
import { fillHost, type HostFunctions } from "../api/host_functions.ts";
import { decode } from "../codec/decode.ts";
import { encode } from "../codec/encode.ts";
import { checkMessage } from "../codec/limit.ts";
import { detach, movedOf } from "../codec/pieces.ts";
import { notedInside } from "../codec/transfers.ts";
import type { Packed } from "../protocol/frames.ts";
import { copyOf } from "../primordials.ts";
import { forHost } from "./large.ts";
import type { Wire } from "./wire.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Object, RangeError } = globalThis;

type Call = HostFunctions[string];

/** Fills `host` with the functions of those names. */
export function installFunctions(names: readonly string[], wire: Wire): void {
  let unanswered = 0;
  const callFunction = async (name: string, args: readonly unknown[]): Promise<unknown> => {
    if (unanswered >= MAX_UNANSWERED) throw tooManyCalls(name);
    const packed = pack(name, args);
    unanswered++;
    try {
      const moved = movedOf(packed.shared);
      const { bytes, shared } = await wire.request("call", { name, args: packed }, moved).answer;
      return decode(bytes, shared);
    } finally {
      unanswered--;
    }
  };
  fillHost(names.map((name) => {
    const call: Call = (...args) => {
      const caller = callerHere();
      return callFunction(name, args).catch((error: unknown) => {
        throw error instanceof Error ? withFramesOf(caller, error) : error;
      });
    };
    Object.defineProperty(call, "name", { value: name });
    return [name, call] as const;
  }));
}

function pack(name: string, args: readonly unknown[]): Packed {
  const what = `Cannot call host.${name}`;
  if (args.length > MAX_ARGUMENTS) {
    throw new RangeError(
      `${what}: there are ${args.length} arguments, the limit is ${MAX_ARGUMENTS}`,
    );
  }
  const subject = `The arguments of host.${name}`;
  const { bytes, shared, channels } = encode(args, subject, notedInside(args, undefined));
  checkMessage(what, bytes);
  return forHost({ bytes: copyOf(bytes), shared: detach(shared, what), channels });
}
