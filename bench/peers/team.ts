// What all teams of `peers.ts` can do, so that each row is written once.

/** The two tasks of tasks.mjs. */
export type Task = "add" | "primes";

/** What the tasks take. */
export type Input = { readonly a: number; readonly b: number } | {
  readonly limit: number;
};

/** Threads that answer calls. */
export interface Team {
  /** Resolves to the answer of whichever thread is free first, or next in turn. */
  call(task: Task, input: Input): Promise<unknown>;
  /** Ends the threads. */
  stop(): Promise<unknown>;
}

/** Starts a team of so many threads; need not wait until they are there. */
export type StartTeam = (threads: number) => Promise<Team>;

/** A file of this folder. */
export function beside(file: string): URL {
  return new URL(file, import.meta.url);
}

/** Deals calls out in turn, for what has no queue of its own. */
export function inTurn(
  members: readonly { call: Team["call"]; stop: Team["stop"] }[],
): Team {
  let next = 0;
  return {
    call: (task, input) => {
      const member = members[next++ % members.length];
      if (member === undefined) {
        throw new Error("Invariant: a team has at least one thread");
      }
      return member.call(task, input);
    },
    stop: () => Promise.all(members.map((member) => member.stop())),
  };
}
