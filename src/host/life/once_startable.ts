// Lets what starts a thread wait until threads can be started. They can be at once, unless a bundler has
// put the module into a file of the program (runtime/inlined.ts).

import { isStartable, whenStartable } from "../../runtime/inlined.ts";
import { attempt, type Done } from "../outcome.ts";

/**
 * Starts when threads can be started.
 *
 * @param start What it throws at once is thrown, and what it throws later is its outcome.
 * @returns Gives up what was started, or is to be.
 */
export function onceStartable<T>(start: (done: Done<T>) => () => void, done: Done<T>): () => void {
  if (isStartable()) return start(done);
  let giveUp = () => {};
  const callOff = whenStartable(() =>
    attempt<T>((settle) => {
      giveUp = start(settle);
    }, done)
  );
  return () => {
    callOff();
    giveUp();
  };
}
