// Lets a program exit on Node, whose exit waits for every thread. A thread in the middle of
// native work cannot be ended, so the program would never exit. After some seconds the process
// kills itself.

import process from "node:process";
import { pause } from "../../channel/wake/doorbell.ts";
import { adapter } from "../../runtime/detect.ts";
import { reportError } from "../../runtime/program.ts";

/** How long the threads have to end. */
const PATIENCE_MS = 5_000;
const LOOK_MS = 2;

/** A thread that has not ended. */
export interface Unended {
  readonly id: number;
  /** Kills it. */
  readonly kill: () => void;
  /** Whether the system still has it; where it does not tell, whether it was killed long ago. */
  readonly isLeft: () => boolean;
}

const threads = new Set<Unended>();

/** Keeps the thread from holding up the program's exit, until the function returned is called. */
export function letProgramExit(thread: Unended): () => void {
  if (!adapter.capabilities.exitWaitsForThreads) return () => {};
  if (threads.size === 0 && !process.listeners("exit").includes(onExit)) {
    process.on("exit", onExit);
  }
  threads.add(thread);
  return () => void threads.delete(thread);
}

function onExit(code: number): void {
  for (const { kill } of threads) kill();
  const left = () => [...threads].filter(({ isLeft }) => isLeft());
  const end = performance.now() + PATIENCE_MS;
  // Not by `hostSleep`: at its exit the program serves nobody any more.
  while (left().length > 0 && performance.now() < end) pause(LOOK_MS);
  const names = left().map(({ id }) => `interpreter ${id}`).join(", ");
  if (names === "") return;
  // The program's own handlers for its exit come first.
  const listeners = process.listeners("exit");
  for (const listener of listeners.slice(listeners.indexOf(onExit) + 1)) {
    try {
      listener.call(process, code);
    } catch (error) {
      reportError("exit", error);
    }
  }
  const intended = process.exitCode ?? code;
  process.stderr.write(
    `Cannot exit with code ${intended}: native work in ${names} cannot be ended; the process is killed\n`,
  );
  process.kill(process.pid, "SIGKILL");
}
