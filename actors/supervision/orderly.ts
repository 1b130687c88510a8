// Actor logic that a supervisor can start and end in order: it shows when it is up, and ends by an
// event, which takes its time. Any other logic counts as up at once, and is stopped at once.

import type { AnyActorLogic, AnyActorRef, AnyEventObject, Snapshot } from "xstate";

/** What a supervisor has to know of such logic. */
export interface Manners {
  /** Whether an actor of it is up, so that the next child can be started. */
  readonly isUp: (snapshot: Snapshot<unknown>) => boolean;
  /** The event that asks an actor of it to end; it is done when it has. */
  readonly stop: AnyEventObject;
}

const known = new WeakMap<AnyActorLogic, Manners>();

/** Tells supervisors how actors of that logic start and end. */
export function orderly<Logic extends AnyActorLogic>(logic: Logic, manners: Manners): Logic {
  known.set(logic, manners);
  return logic;
}

/** How actors of that logic start and end; `undefined` if they do so at once. */
export function mannersOf(logic: AnyActorLogic): Manners | undefined {
  return known.get(logic);
}

/**
 * Stops the children of an actor that has failed. XState 5.33 leaves those of a machine whose action
 * throws: they would go on, and keep their names from those of the next actor.
 */
export function stopOrphans(actor: AnyActorRef): void {
  const snapshot: { readonly children?: Record<string, AnyActorRef> } = actor.getSnapshot();
  for (const child of Object.values(snapshot.children ?? {})) {
    // The event that XState itself sends to stop an actor.
    if (!hasEnded(child)) child.send({ type: "xstate.stop" });
  }
}

/** Whether an actor has ended by itself, and nobody has stopped it. */
export function hasEnded(actor: AnyActorRef): boolean {
  const { status }: Snapshot<unknown> = actor.getSnapshot();
  return status === "done" || status === "error";
}
