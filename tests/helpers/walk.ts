// Walks a state machine: each event in each state that any of the events leads to.

import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventFromLogic,
  type InputFrom,
  transition,
} from "xstate";
import { getAdjacencyMap } from "xstate/graph";

/**
 * What each event does in each state that can be reached, by state and name of the event: the
 * next state, "stays" if it has actions alone, or "ignored".
 */
export function walk<T extends AnyStateMachine>(
  logic: T,
  { input, events, nameOf = ({ value }) => String(value), refuse = () => undefined }: {
    readonly input: InputFrom<T>;
    /** By the name that the table has for each. */
    readonly events: Readonly<Record<string, EventFromLogic<T>>>;
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
  const does = (state: AnyMachineSnapshot, event: EventFromLogic<T>) => {
    if (!state.can(event)) return refuse(state, event) ?? "ignored";
    const [next] = transition(machine, state, event);
    return nameOf(next) === nameOf(state) ? "stays" : nameOf(next);
  };
  const map = getAdjacencyMap(machine, {
    input,
    events: Object.values(events),
    serializeState: nameOf,
  });
  return Object.fromEntries(
    Object.values(map).map(({ state }) => [
      nameOf(state),
      Object.fromEntries(
        Object.entries(events).map(([name, event]) => [name, does(state, event)]),
      ),
    ]),
  );
}
