// The actors and their states, as XState's inspection tells of them.

import type { ActorEvent } from "../protocol.ts";
import { fill } from "./dom.ts";

/** For so long an actor that is done can still be seen. */
const GONE_MS = 5_000;
const MOST_ROWS = 100;

interface Actor {
  readonly name: string;
  state: string;
  event: string;
  /** When it was done; `undefined` if it is not. */
  gone: number | undefined;
}

const actors = new Map<string, Actor>();

/** Takes what has happened to an actor. */
export function take({ type, actor: { id, sessionId }, event, snapshot, time }: ActorEvent): void {
  const actor = actors.get(sessionId) ?? { name: id, state: "", event: "", gone: undefined };
  actors.set(sessionId, actor);
  if (snapshot !== null) {
    const { status, value } = snapshot;
    const state = value === null
      ? status
      : typeof value === "string"
      ? value
      : JSON.stringify(value);
    actor.state = status === "active" ? state : `${state} (${status})`;
    actor.gone = status === "active" ? undefined : time;
  }
  if (type === "@xstate.event" && event !== null) actor.event = event.type;
}

/** Shows the actors, those that were there first at first. */
export function show(now: number): void {
  for (const [sessionId, { gone }] of actors) {
    if (gone !== undefined && now - gone > GONE_MS) actors.delete(sessionId);
  }
  const rows = [...actors.values()].slice(0, MOST_ROWS).map(({ name, state, event, gone }) => [
    { text: name },
    { text: state, mark: gone === undefined ? state : "" },
    { text: event },
  ]);
  fill("machines", rows);
}
