// What becomes of the error of an actor that nobody hears. XState throws it from a timer, which ends
// the process, if the actor is a root without observers, or if an observer takes no errors. Here it
// is reported on standard error, once, and the program goes on.

import type {
  ActorLogic,
  ActorScope,
  AnyActorRef,
  EventObject,
  Observer,
  Snapshot,
  Subscription,
} from "xstate";
import { reportError } from "../../src/runtime/program.ts";

type System = AnyActorRef["system"];

/** The same logic, whose actors end no process. */
export function heard<
  S extends Snapshot<unknown>,
  Event extends EventObject,
  Input,
  Emitted extends EventObject,
>(
  where: string,
  logic: ActorLogic<S, Event, Input, System, Emitted>,
): ActorLogic<S, Event, Input, System, Emitted> {
  const restore = logic.restoreSnapshot;
  return {
    ...logic,
    getInitialSnapshot: (scope, input) => {
      hear(where, scope);
      return logic.getInitialSnapshot(scope, input);
    },
    ...restore === undefined ? {} : {
      restoreSnapshot: (persisted, scope) => {
        hear(where, scope);
        return restore(persisted, scope);
      },
    },
  };
}

/**
 * An actor asks its logic for the first snapshot while it is made. So nobody has subscribed yet, and
 * every observer that comes can be given a handler of errors if it has none.
 */
function hear<S extends Snapshot<unknown>, Event extends EventObject, Emitted extends EventObject>(
  where: string,
  { self }: ActorScope<S, Event, System, Emitted>,
): void {
  const isRoot = self._parent === undefined;
  // XState tells a parent of the error, whoever else is told.
  let isHeard = !isRoot;
  const subscribe = self.subscribe.bind(self);
  const unheard = (error: unknown) =>
    // Later: whoever starts an actor subscribes next, as `toPromise` does.
    queueMicrotask(() => {
      if (isHeard) return;
      isHeard = true;
      reportError(where, error);
    });
  const observe = (
    first: Observer<S> | ((snapshot: S) => void),
    onError?: (error: unknown) => void,
    onComplete?: () => void,
  ): Subscription => {
    const observer = typeof first === "object"
      ? first
      : { next: first, error: onError, complete: onComplete };
    return subscribe({
      next: (snapshot) => observer.next?.(snapshot),
      error: (error) => {
        if (observer.error === undefined) return unheard(error);
        isHeard = true;
        observer.error(error);
      },
      complete: () => observer.complete?.(),
    });
  };
  Object.defineProperty(self, "subscribe", { value: observe, configurable: true, writable: true });
  if (isRoot) subscribe({ error: unheard });
}
