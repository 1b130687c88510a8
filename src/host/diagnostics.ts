// What the host tells everybody who listens on `node:diagnostics_channel`: the messages, and the
// one way to publish them. Whoever publishes asks `isHeard` first, so that nothing is made while
// nobody listens. A message goes out in a microtask of its own: subscribers are code of the
// program's, and must not run in the middle of what the host does.

import { type Channel, channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { captureContext, type InContext } from "../runtime/async_context.ts";

/** An interpreter exists: its thread is idle. Topic `subinterpreters:create`. */
export interface CreateMessage {
  /** The interpreter's id. */
  readonly id: number;
  /** Its name: what `create` was given, or `"interpreter 3"`. */
  readonly name: string;
  /** Whether it is kept from acting on the process. */
  readonly isolated: boolean;
  /** Id of the interpreter that created it; 0 is the program. */
  readonly creator: number;
  /** When it happened, as `performance.now()` counts. */
  readonly time: number;
  /** Milliseconds since `create` was called. */
  readonly duration: number;
}

/** An interpreter has ended: its thread executes no more. Topic `subinterpreters:end`. */
export interface EndMessage {
  /** The interpreter's id. */
  readonly id: number;
  /** Its name. */
  readonly name: string;
  /** Why, in words: `"closed"`, what `terminate` was given, `"timeout"`, `"out of memory"`, … */
  readonly reason: string;
  /** The code that the source gave to `exit`; `null` if it did not call it. */
  readonly exitCode: number | null;
  /** When it happened, as `performance.now()` counts. */
  readonly time: number;
  /** Milliseconds for which it existed. */
  readonly duration: number;
}

/** What all messages about one run have. */
export interface RunDetails {
  /** The run's number, by which its start and its end find each other. */
  readonly run: number;
  /** Id of the interpreter that it runs in. */
  readonly id: number;
  /** Id of the interpreter that asked for it; 0 is the program. */
  readonly caller: number;
  /**
   * How it was asked for: `"run"` gives no value, `"evaluate"` that of the last expression, and
   * `"call"` that of a function.
   */
  readonly kind: "run" | "evaluate" | "call";
  /** The source, or the text of the function. */
  readonly source: string;
  /** What stack traces call the source. */
  readonly filename: string;
  /** When it happened, as `performance.now()` counts. */
  readonly time: number;
}

/** A run begins. Topic `subinterpreters:run`. */
export interface RunStartMessage extends RunDetails {
  /** Says which message it is. */
  readonly phase: "start";
}

/** How a run ended. `"interrupted"`: alone; `"terminated"`: with its interpreter. */
export type RunOutcome = "done" | "failed" | "interrupted" | "terminated";

/** A run has ended. Topic `subinterpreters:run`. */
export interface RunEndMessage extends RunDetails {
  /** Says which message it is. */
  readonly phase: "end";
  /** How it ended. */
  readonly outcome: RunOutcome;
  /** What the caller's promise rejects with; `undefined` if it is `"done"`. */
  readonly error: unknown;
  /** Milliseconds since its start. */
  readonly duration: number;
}

/** A run begins or has ended. Topic `subinterpreters:run`. */
export type RunMessage = RunStartMessage | RunEndMessage;

/** A channel or a queue was made. Topic `subinterpreters:channel`. */
export interface ChannelCreateMessage {
  /** Says which message it is. */
  readonly phase: "create";
  /** Which of the two it is; each has ids of its own. */
  readonly kind: "channel" | "queue";
  /** Its id. */
  readonly id: number;
  /** Id of the interpreter that made it; 0 is the program. */
  readonly creator: number;
  /** The most items that a queue may have; `null` if there is no limit. */
  readonly maxsize: number | null;
  /** When it happened, as `performance.now()` counts. */
  readonly time: number;
}

/** The program has found a channel closed, or a queue shut down and empty. */
export interface ChannelCloseMessage {
  /** Says which message it is. */
  readonly phase: "close";
  /** Which of the two it is. */
  readonly kind: "channel" | "queue";
  /** Its id. */
  readonly id: number;
  /** When it happened, as `performance.now()` counts. */
  readonly time: number;
}

/** A channel or a queue was made or has closed. Topic `subinterpreters:channel`. */
export type ChannelMessage = ChannelCreateMessage | ChannelCloseMessage;

/** One topic. Only this file knows its channel. */
class Topic<Message extends object> {
  readonly #channel: Channel;

  constructor(name: string) {
    this.#channel = channel(name);
  }

  /** Whether anybody listens. */
  get isHeard(): boolean {
    return this.#channel.hasSubscribers;
  }

  /** Calls back for each message from now on; the function returned ends that. */
  subscribe(listener: (message: Message) => void): () => void {
    const { name } = this.#channel;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only publish() publishes there
    const onMessage = (message: unknown) => listener(message as Message);
    subscribe(name, onMessage);
    return () => void unsubscribe(name, onMessage);
  }

  /** @param inContext Absent: subscribers have the context in which this is called. */
  publish(message: Message, inContext: InContext = (act) => act()): void {
    inContext(() => queueMicrotask(() => this.#channel.publish(message)));
  }
}

/** Interpreters that begin to exist. */
export const creates: Topic<CreateMessage> = new Topic("subinterpreters:create");
/** Interpreters that have ended. */
export const ends: Topic<EndMessage> = new Topic("subinterpreters:end");
/** Runs that begin and end. */
export const runs: Topic<RunMessage> = new Topic("subinterpreters:run");
/** Channels and queues that are made and closed. */
export const channels: Topic<ChannelMessage> = new Topic("subinterpreters:channel");

/** Ends what `publishStart` has begun. */
export type PublishEnd = (outcome: RunOutcome, error: unknown) => void;

/** Says that a run begins; the function returned says how it ended. */
export function publishStart(details: Omit<RunDetails, "time">): PublishEnd {
  const time = performance.now();
  const inContext = captureContext();
  runs.publish({ phase: "start", ...details, time });
  return (outcome, error) => {
    const now = performance.now();
    const duration = now - time;
    runs.publish({ phase: "end", ...details, outcome, error, time: now, duration }, inContext);
  };
}
