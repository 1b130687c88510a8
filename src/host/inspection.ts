// What the host shows to whoever watches it (api/inspection.ts), read when it is asked for.

import type { Inspection } from "../api/inspection.ts";
import { isQueueKey, queueId } from "../codec/handles.ts";
import { adapter } from "../runtime/detect.ts";
import type { HostChannels } from "./channels/channels.ts";
import type { Interpreters } from "./life/interpreters.ts";
import type { Pools } from "./pools/pools.ts";

/** The parts of the host that are shown. */
export interface Shown {
  readonly interpreters: Pick<Interpreters, "facts" | "usage" | "supervisor">;
  readonly channels: Pick<HostChannels, "gauges">;
  readonly pools: Pick<Pools, "facts">;
}

/** The host as it shows itself. */
export function inspectionOf({ interpreters, channels, pools }: Shown): Inspection {
  return {
    runtime: adapter.runtime,
    interpreters: () => interpreters.facts(),
    channels: () =>
      channels.gauges().map(({ key, maker, maxsize, ...gauge }) => ({
        kind: isQueueKey(key) ? "queue" : "channel",
        id: isQueueKey(key) ? queueId(key) : key,
        creator: maker,
        maxsize: maxsize > 0 ? maxsize : null,
        ...gauge,
      })),
    pools: () => pools.facts(),
    usage: (id) => interpreters.usage(id),
    watchActors(listener) {
      const { supervisor } = interpreters;
      const { context } = supervisor.getSnapshot();
      for (const actorRef of [supervisor, ...context.interpreters.values()]) {
        listener({ type: "@xstate.actor", actorRef, rootId: supervisor.sessionId });
      }
      const subscription = supervisor.system.inspect(listener);
      return () => subscription.unsubscribe();
    },
  };
}
