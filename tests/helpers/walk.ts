// Walks a state machine: each event in each state that any of the events leads to.

import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventFromLogic,
  type InputFrom,
  transition,
} from "xstate";
import { getAdjacencyMap } from "xstate/graph";

/** What each event does in each state that can be reached, by state and event: the next state, "stays" with actions, or "ignored". */
export function walk<T extends AnyStateMachine>(
  logic: T,
  { input, events, nameOf = ({ value }) => String(value), refuse = () => undefined }: {
    readonly input: InputFrom<T>;
    readonly events: readonly EventFromLogic<T>[];
    /** Tells states apart; by their value alone if absent. */
    readonly nameOf?: (snapshot: AnyMachineSnapshot) => string;
    /** What to call an event that is not taken, unless it is ignored. */
    readonly refuse?: (
      snapshot: AnyMachineSnapshot,
      event: EventFromLogic<T>,
    ) => string | undefined;
  },
): Record<string, Record<string, string>> {
  const machine: AnyStateMachine = logic;
  const map = getAdjacencyMap(machine, { input, events, serializeState: nameOf });
  const does = (state: AnyMachineSnapshot, event: EventFromLogic<T>) => {
    if (!state.can(event)) return refuse(state, event) ?? "ignored";
    const [next, actions] = transition(machine, state, event);
    return nameOf(next) === nameOf(state) && actions.length > 0 ? "stays" : nameOf(next);
  };
  return Object.fromEntries(
    Object.values(map).map(({ state }) => [
      nameOf(state),
      Object.fromEntries(events.map((event) => [event.type, does(state, event)])),
    ]),
  );
}
