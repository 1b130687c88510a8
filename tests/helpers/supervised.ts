// Children of supervisors that need no thread: they fail, end and shut down when they are told to,
// and a log has what became of them.

import { type AnyActorLogic, assign, fromCallback, setup } from "xstate";

/** Tells the present child of a name what to do. */
export type ChildOrder =
  /** Ends with a failure, as an interpreter that crashes does. */
  | { readonly type: "FAIL"; readonly error: Error }
  /** Fails as an actor. */
  | { readonly type: "THROW"; readonly error: Error }
  /** Ends without a failure. */
  | { readonly type: "FINISH" };

/** Logic of a child that writes into the log when it starts and when it is gone. */
export function loggingChild(name: string, log: string[]): AnyActorLogic {
  return setup({
    types: {} as { context: { error: Error | undefined }; events: ChildOrder },
    actors: {
      life: fromCallback(() => {
        log.push(`+${name}`);
        return () => {
          log.push(`-${name}`);
        };
      }),
    },
  }).createMachine({
    context: { error: undefined },
    invoke: { src: "life" },
    initial: "up",
    states: {
      up: {
        on: {
          FINISH: "finished",
          FAIL: { target: "finished", actions: assign({ error: ({ event }) => event.error }) },
          THROW: {
            actions: ({ event }) => {
              throw event.error;
            },
          },
        },
      },
      finished: { type: "final" },
    },
    output: ({ context: { error } }) => ({ reason: error?.message ?? "finished", error }),
  });
}
