// The actor of one thread: carries out what its machine (actors/thread.ts) decides, and tells
// the machine what happens to the thread.

import { createActor } from "xstate";
import {
  INITIAL_TAGS,
  isLost,
  LONGEST_REPRIEVE_MS,
  type StopOrder,
  type ThreadActorRef,
  type ThreadEvent,
  type ThreadInput,
  threadMachine,
  type ThreadTag,
} from "../../../actors/thread.ts";
import { hostSleep } from "../../channel/wake/doorbell.ts";
import type { Thread } from "../../runtime/adapter.ts";
import { adapter } from "../../runtime/detect.ts";
import { reportError } from "../../runtime/program.ts";
import { Timers } from "../timers.ts";

/** How an end goes on, as promises. */
export interface Ending {
  /** The thread is gone, or has been waited for long enough. */
  readonly settled: Promise<void>;
  /** The thread executes no further instruction. */
  readonly gone: Promise<void>;
}

/** Who is told how a thread ends. */
export interface EndListener {
  /** It is about to be killed. */
  readonly onKill: () => void;
  /** Nobody needs to wait any longer; may be called again when it is gone. */
  readonly onSettled: (order: StopOrder | undefined) => void;
  /** It executes no further instruction. */
  readonly onGone: () => void;
  /** Whether the system tells that it has ended, for a host that blocks. */
  readonly hasStopped: () => boolean;
}

/** One thread's actor. */
export class ThreadActor {
  /** How its end will go on, when it has begun. */
  readonly ending: Ending;
  /** They time the delays of the machine, which also go on while the host blocks. */
  readonly #timers = new Timers();
  readonly #input: ThreadInput;
  /**
   * Started with its first event, which is another than the guest's "ready": to start it takes
   * some 5 % of a `create` with a spare, which need not wait for that.
   */
  #actor: ThreadActorRef | undefined;

  constructor(thread: Thread, { onKill, onSettled, onGone, hasStopped }: EndListener) {
    let resolveSettled = () => {};
    let resolveGone = () => {};
    this.ending = {
      settled: new Promise((resolve) => resolveSettled = resolve),
      gone: new Promise((resolve) => resolveGone = resolve),
    };
    const settle = (order: StopOrder | undefined) => {
      onSettled(order);
      resolveSettled();
    };
    this.#input = {
      killsAnywhere: adapter.capabilities.killsAnywhere,
      now: () => performance.now(),
      hasStopped,
      ask: ({ error: { reason }, isClosing }) =>
        thread.port.post({ type: "stop", reason, isClosing }),
      kill: () => {
        onKill();
        void thread.terminate().then(() => this.#send({ type: "TERMINATED" }));
      },
      settle,
      bury: (order) => {
        onGone();
        settle(order);
        resolveGone();
      },
    };
  }

  /** Whether the guest has still to load. */
  get isLoading(): boolean {
    return this.#has("loading");
  }

  /** Whether its end has begun: what is posted to it may not be read any more. */
  get isEnding(): boolean {
    return this.#has("ending");
  }

  /** Whether it ends politely: what its handlers for an exit throw is reported. */
  get isClosing(): boolean {
    return this.#actor?.getSnapshot().context.order?.isClosing === true;
  }

  /** Whether it was killed so long ago that it runs no more, heard of or not. */
  get isLost(): boolean {
    return this.#actor !== undefined && isLost(this.#actor.getSnapshot(), performance.now());
  }

  /** Begins its end, unless it has begun. */
  stop(order: StopOrder): void {
    this.#send({ type: "STOP", ...order });
  }

  /** Says what the guest has said of itself, or that the thread has ended. */
  tell(type: "LOADED" | "HEEDING" | "ASLEEP" | "ENDED"): void {
    this.#send({ type });
  }

  /** Goes on if the time is up, for a host that blocks: no timer fires, and no end is heard of. */
  check(): void {
    this.#timers.check();
    // A host that blocks comes here often: nobody but the dying have something to look at.
    if (this.#actor?.getSnapshot().value === "dying") this.#send({ type: "LOOK" });
  }

  /** Sees a stop that has begun through until the kill, without the event loop. */
  finishSync(): void {
    // `check` kills when the time is up, which is another before the guest has loaded.
    hostSleep(() => this.#has("killed"), LONGEST_REPRIEVE_MS);
    this.#send({ type: "KILL" });
  }

  #has(tag: ThreadTag): boolean {
    return this.#actor?.getSnapshot().hasTag(tag) ?? INITIAL_TAGS.includes(tag);
  }

  #send(event: ThreadEvent): void {
    this.#actor ??= this.#start();
    // XState's development build, which some bundlers choose, warns of what comes later.
    if (this.#actor.getSnapshot().status === "active") this.#actor.send(event);
  }

  #start(): ThreadActorRef {
    const actor = createActor(threadMachine, {
      clock: {
        setTimeout: (fire: () => void, ms: number) => this.#timers.after(ms, fire),
        clearTimeout: (callOff: () => void) => callOff(),
      },
      input: this.#input,
    });
    // Without an observer XState throws an actor's error from a timer, which ends the process.
    actor.subscribe({ error: (error) => reportError("thread", error) });
    return actor.start();
  }
}
