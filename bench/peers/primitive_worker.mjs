// The control's other side: a worker of the runtime that answers each message.

import { add, primes } from "./tasks.mjs";

const tasks = { add, primes };
const isBun = "Bun" in globalThis;
// Bun takes longer to load that module than to start a worker.
const { parentPort } = isBun ? {} : await import("node:worker_threads");

const answer = ({ id, task, input }) => ({ id, value: tasks[task](input) });
if (isBun) {
  globalThis.onmessage = (event) => globalThis.postMessage(answer(event.data));
} else parentPort.on("message", (message) => parentPort.postMessage(answer(message)));
