// Tells all readers what changes: a snapshot soon after each change and at least each second, and
// what the machines do. While nobody reads nothing is looked at.

import type { Inspection } from "../api/inspection.ts";
import { unref } from "../runtime/timers.ts";
import { actorEventOf } from "./actor_events.ts";
import type { ActorEvent } from "./protocol.ts";
import type { Recorder } from "./recorder.ts";
import type { Snapshots } from "./snapshots.ts";
import type { Stream } from "./stream.ts";

const LONGEST_MS = 1_000;
/**
 * More events of machines than this are not told between two snapshots. Of the actors that have more
 * to tell, the last is told with the next snapshot: the state that the page ends with is right.
 */
const MOST_EVENTS = 200;
/** Between two snapshots, or ten times as long as taking one takes. */
const SHORTEST_MS = 150;

/** What is watched. */
export interface Watched {
  readonly host: Inspection;
  readonly recorder: Recorder;
  readonly snapshots: Snapshots;
}

/** What was told of an actor. */
interface Told {
  readonly event: ActorEvent;
  /** Whether it is the module's own, and the host tells of it. */
  readonly isOwn: boolean;
}

/** The readers of one server. */
export class Broadcast {
  readonly #watched: Watched;
  readonly #streams = new Set<Stream>();
  /** By the session id: what was told last of each actor that is not done, for new readers. */
  readonly #actors = new Map<string, Told>();
  #unwatch: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueMs = 0;
  #notBeforeMs = 0;
  #isTaking = false;
  /** How many events of machines have been told since the last snapshot. */
  #told = 0;
  /** By the session id: the last snapshot of an actor that has not been told yet. */
  readonly #untold = new Map<string, ActorEvent>();

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  get size(): number {
    return this.#streams.size;
  }

  add(stream: Stream): void {
    for (const { event } of this.#actors.values()) stream.send("actor", JSON.stringify(event));
    this.#streams.add(stream);
    if (this.#streams.size === 1) this.#start();
    this.#schedule(0);
  }

  remove(stream: Stream): void {
    if (this.#streams.delete(stream) && this.#streams.size === 0) this.#stop();
  }

  close(): void {
    for (const stream of [...this.#streams]) {
      stream.close();
      this.remove(stream);
    }
  }

  /** Takes an inspection event of a machine of the program's. */
  inspect(inspected: object): void {
    this.#tell(inspected, false);
  }

  #tell(inspected: object, isOwn: boolean): void {
    const event = actorEventOf(inspected);
    if (event === undefined) return;
    this.#remember({ event, isOwn });
    if (this.#streams.size === 0) return;
    if (this.#told++ < MOST_EVENTS) this.#sendActor(event);
    else if (event.type !== "@xstate.event") this.#untold.set(event.actor.sessionId, event);
  }

  #sendActor(event: ActorEvent): void {
    const json = JSON.stringify(event);
    for (const stream of this.#streams) stream.send("actor", json);
  }

  #remember(told: Told): void {
    const { type, actor: { sessionId }, snapshot } = told.event;
    if (type === "@xstate.event") return;
    if (snapshot?.status === "active") this.#actors.set(sessionId, told);
    else this.#actors.delete(sessionId);
  }

  #start(): void {
    const { host, recorder } = this.#watched;
    this.#unwatch = [
      host.watchActors((event) => this.#tell(event, true)),
      recorder.watch(() => this.#schedule(SHORTEST_MS)),
    ];
  }

  #stop(): void {
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#untold.clear();
    // What becomes of these is not heard of meanwhile; the host tells of them anew.
    for (const [sessionId, { isOwn }] of this.#actors) if (isOwn) this.#actors.delete(sessionId);
  }

  /** Sends a snapshot within that time, if that is sooner than what is planned. */
  #schedule(withinMs: number): void {
    const now = performance.now();
    const dueMs = Math.max(now + withinMs, this.#notBeforeMs);
    if (this.#isTaking || (this.#timer !== undefined && this.#dueMs <= dueMs)) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => void this.#send(), dueMs - now);
    unref(this.#timer);
  }

  async #send(): Promise<void> {
    this.#timer = undefined;
    this.#isTaking = true;
    const begun = performance.now();
    for (const event of this.#untold.values()) this.#sendActor(event);
    this.#untold.clear();
    this.#told = 0;
    try {
      const json = JSON.stringify(await this.#watched.snapshots.take());
      for (const stream of this.#streams) stream.send("snapshot", json);
    } finally {
      this.#isTaking = false;
    }
    const now = performance.now();
    this.#notBeforeMs = now + Math.max(SHORTEST_MS, 10 * (now - begun));
    if (this.#streams.size > 0) this.#schedule(LONGEST_MS);
  }
}
