// The items of a channel as events: actor logic that receives for its parent, one after the other.

import {
  type EventObject,
  fromEventObservable,
  type NonReducibleUnknown,
  type ObservableActorLogic,
  type Observer,
  type Subscribable,
  type Subscription,
  toObserver,
} from "xstate";
import { show } from "../../src/api/checks.ts";
import { RecvChannel } from "../../src/door.js";
import { heard } from "./unheard.ts";

/** An item that is no event itself. */
export interface ItemEvent<T = unknown> {
  /** Tells that it is an item. */
  readonly type: "ITEM";
  /** What was received. */
  readonly item: T;
}

/** Options of `fromChannel`. */
export interface ChannelLogicOptions<T, Event extends EventObject> {
  /**
   * Makes the event of an item. Give one if source that you did not write can send on the channel:
   * without it such source can send the parent any event that the parent understands. What it
   * throws is the error of the actor, and the item is lost.
   */
  readonly toEvent?: (item: T) => Event;
}

/**
 * Makes actor logic of a channel: its actor receives the items, and sends each to its parent.
 *
 * An item that is an event itself, an object with a string `type` that does not begin with
 * `xstate.`, is sent as it is. Any other arrives as `{ type: "ITEM", item }`. `toEvent` maps all of
 * them instead. The actor is done when the channel is closed, and fails where `recv` would fail
 * otherwise. Stopping it withdraws its wait: an item that the parent has not seen is left to the
 * next receiver. A persisted actor goes on receiving. It needs a parent, so it is invoked or
 * spawned; an error that nobody hears is reported on standard error.
 *
 * @typeParam T Type of the items.
 * @typeParam Event Type of the events that the parent gets.
 * @param recv Where from.
 * @param options What to make of an item.
 * @returns Logic to invoke or to spawn.
 * @throws {TypeError} `recv` is no `RecvChannel`, or `toEvent` is no function.
 * @see XState `fromEventObservable`.
 *
 * @example Progress of source
 * ```ts
 * import { create, createChannel } from "subinterpreters";
 * import { fromChannel } from "subinterpreters/actors";
 * import { assign, createActor, setup, toPromise } from "xstate";
 * import assert from "node:assert/strict";
 *
 * const [recv, send] = createChannel<number>();
 * type Progress = { type: "PROGRESS"; percent: number };
 * const machine = setup({
 *   types: {} as { context: { percent: number }; events: Progress; output: number },
 *   actors: {
 *     progress: fromChannel(recv, { toEvent: (percent) => ({ type: "PROGRESS", percent }) }),
 *   },
 * }).createMachine({
 *   context: { percent: 0 },
 *   initial: "watching",
 *   states: {
 *     watching: {
 *       invoke: { src: "progress", onDone: "closed" },
 *       on: { PROGRESS: { actions: assign({ percent: ({ event }) => event.percent }) } },
 *     },
 *     closed: { type: "final" },
 *   },
 *   output: ({ context }) => context.percent,
 * });
 * const percent = toPromise(createActor(machine).start());
 * await using interpreter = await create();
 * await interpreter.run("await send.send(50); await send.send(100); send.close()", {
 *   channels: { send },
 * });
 * assert.equal(await percent, 100);
 * ```
 */
export function fromChannel<T, Event extends EventObject = EventObject>(
  recv: RecvChannel<T>,
  options: ChannelLogicOptions<T, Event> = {},
): ObservableActorLogic<Event, NonReducibleUnknown> {
  const { toEvent = eventOf } = options;
  if (!(recv instanceof RecvChannel)) {
    throw new TypeError(
      `Cannot make events of a channel: recv must be a RecvChannel, received ${show(recv)}`,
    );
  }
  if (typeof toEvent !== "function") {
    throw new TypeError(
      `Cannot make events of channel ${recv.id}: toEvent must be a function, received ${
        show(toEvent)
      }`,
    );
  }
  return heard(
    "an actor of fromChannel()",
    fromEventObservable<Event, NonReducibleUnknown>(({ self }) => {
      if (self._parent === undefined) {
        throw new TypeError(
          `Cannot receive from channel ${recv.id}: nobody is there for the events; invoke or spawn the actor`,
        );
      }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Without toEvent, Event is what the caller knows.
      return itemsOf(recv, toEvent as (item: T) => Event);
    }),
  );
}

function eventOf(item: unknown): EventObject | ItemEvent {
  return isEvent(item) ? item : { type: "ITEM", item };
}

/** XState's own events steer the parent: nobody else may send them. */
function isEvent(item: unknown): item is EventObject {
  return typeof item === "object" && item !== null && "type" in item &&
    typeof item.type === "string" && !item.type.startsWith("xstate.");
}

function itemsOf<T, Event>(
  recv: RecvChannel<T>,
  toEvent: (item: T) => Event,
): Subscribable<Event> {
  return {
    subscribe(
      ...observers: [Observer<Event>] | Parameters<typeof toObserver<Event>>
    ): Subscription {
      return subscribe(recv, toEvent, toObserver(...observers));
    },
  };
}

function subscribe<T, Event>(
  recv: RecvChannel<T>,
  toEvent: (item: T) => Event,
  observer: Observer<Event>,
): Subscription {
  const items = recv[Symbol.asyncIterator]();
  let isOver = false;
  const leave = () => {
    isOver = true;
    // It returns to the channel what nobody has seen.
    void items.return?.();
  };
  const receive = async (): Promise<void> => {
    for await (const item of items) {
      if (isOver) return;
      observer.next?.(toEvent(item));
      if (isOver) return;
    }
    if (!isOver) observer.complete?.();
  };
  receive().catch((error: unknown) => {
    if (isOver) return;
    leave();
    observer.error?.(error);
  });
  return { unsubscribe: leave };
}
