// Waiting in the host: every wait on a channel is an Effect fiber.
//
// Effect loads with the first wait and not with the module: it is two thirds of what
// an import would cost, and a program that runs source alone never needs it. A wait
// begins at once all the same, so that waits keep the order of their calls.

import type { Caller } from "../../api/caller.ts";
import { receiveFrom } from "../../api/ends.ts";
import { LEFT, type Pull, type Start, type WaitLimits } from "../../api/realm.ts";
import type { Channel, GiveUp, Received, Settle } from "../../channel/channel.ts";
import { hold, release } from "../../runtime/keep_alive.ts";
import type * as Effects from "./effects.ts";
import type * as Queues from "./queues.ts";

/** A module that is loaded when it is first needed. */
class Lazy<M> {
  readonly #load: () => Promise<M>;
  #loading: Promise<M> | undefined;
  #loaded: M | undefined;

  constructor(load: () => Promise<M>) {
    this.#load = load;
  }

  /** The module; `undefined` until it has been loaded. */
  get loaded(): M | undefined {
    return this.#loaded;
  }

  /** Runs a wait that has begun, as soon as the module is there; holds the process until then. */
  async whenLoaded<T>(run: (module: M) => T): Promise<Awaited<T>> {
    hold();
    try {
      this.#loaded = await (this.#loading ??= this.#load());
      return await run(this.#loaded);
    } finally {
      release();
    }
  }
}

const effects = new Lazy<typeof Effects>(() => import("./effects.ts"));
/** Iterators and streams alone need Effect's queues. */
const queues = new Lazy<typeof Queues>(() => import("./queues.ts"));

/** Waits for what `start` settles, within the limits. */
export function waitWithin<A>(start: Start<A>, limits: WaitLimits): Promise<A> {
  if (effects.loaded !== undefined) return effects.loaded.waitInFiber(start, limits);
  const { signal, timeoutMs } = limits;
  const begun = new Begun(start);
  const deadline = performance.now() + timeoutMs;
  const onAbort = () => begun.giveUp();
  signal?.addEventListener("abort", onAbort);
  return effects.whenLoaded(({ waitInFiber }) => {
    signal?.removeEventListener("abort", onAbort);
    const left = { ...limits, timeoutMs: Math.max(0, deadline - performance.now()) };
    return waitInFiber(begun.start, left);
  });
}

/** The items of one channel that an iterator still has to wait for. */
export class HostPull implements Pull {
  readonly #channel: Channel;
  readonly #start: Start<Received>;
  /** Waits that have begun before Effect was there. */
  readonly #begun = new Set<Begun<Received>>();
  #queue: Queues.PullQueue | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#start = receiveFrom(channel);
  }

  next(caller: Caller): Promise<Received> {
    if (queues.loaded !== undefined) return this.#open(queues.loaded).next(this.#start, caller);
    const begun = new Begun(this.#start);
    this.#begun.add(begun);
    return queues.whenLoaded((module) => {
      this.#begun.delete(begun);
      return this.#open(module).next(begun.start, caller);
    });
  }

  leave(): void {
    for (const begun of this.#begun) {
      const received = begun.leave();
      if (received !== undefined) this.#channel.putBack(received);
    }
    this.#queue?.leave();
  }

  #open({ PullQueue }: typeof Queues): Queues.PullQueue {
    return this.#queue ??= new PullQueue((received) => this.#channel.putBack(received));
  }
}

/** A wait that has begun before there is a fiber for it: it keeps how it ended until then. */
class Begun<A> {
  readonly #giveUp: GiveUp;
  #isGivenUp = false;
  #settled: { readonly value: A } | { readonly error: unknown } | undefined;
  #settle: Settle<A> | undefined;

  constructor(start: Start<A>) {
    this.#giveUp = start({
      resolve: (value) => this.#end({ value }),
      reject: (error) => this.#end({ error }),
    });
  }

  /** Hands the wait over to whoever goes on with it. */
  readonly start: Start<A> = (settle) => {
    this.#settle = settle;
    if (this.#settled !== undefined) this.#end(this.#settled);
    return () => this.giveUp();
  };

  giveUp(): boolean {
    this.#isGivenUp ||= this.#giveUp();
    return this.#isGivenUp;
  }

  /** Ends it with `LEFT`; returns what had come for it. */
  leave(): A | undefined {
    this.giveUp();
    const settled = this.#settled;
    this.#settled = { error: LEFT };
    return settled !== undefined && "value" in settled ? settled.value : undefined;
  }

  #end(settled: { readonly value: A } | { readonly error: unknown }): void {
    this.#settled = settled;
    if (this.#settle === undefined) return;
    if ("value" in settled) this.#settle.resolve(settled.value);
    else this.#settle.reject(settled.error);
  }
}
