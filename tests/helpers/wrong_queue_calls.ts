// Wrong calls of queues, for the test that compares what docstrings promise with what happens.

import assert from "node:assert/strict";
import { create, createChannel, createQueue, type Interpreter, Queue } from "subinterpreters";
import { NOBODY, type Wrong, wrong, wrongId } from "./wrong_calls.ts";

/** A handle of a queue that there is not, which can only arrive in an item. */
const lostQueue = (): Queue => {
  const [recv, send] = createChannel<Queue>();
  send.sendNowait(Object.create(Queue.prototype, { id: { value: NOBODY } }) as Queue);
  const queue = recv.recvNowait();
  assert.ok(queue !== null);
  return queue;
};
/** A handle of a queue that was shut down before it was used. */
const lateQueue = async (shared: () => Promise<Interpreter>): Promise<Queue> => {
  const interpreter = await shared();
  return await interpreter.evaluate<Queue>(`
    import { createQueue } from "subinterpreters";
    const late = createQueue();
    late.shutdown();
    late
  `);
};
const endedQueue = () => {
  const queue = createQueue();
  queue.shutdown();
  return queue;
};
const fullQueue = () => {
  const queue = createQueue(1);
  queue.putNowait(1);
  return queue;
};
/** A queue with an item that was put by an interpreter that has ended. */
const orphanedQueue = async (): Promise<Queue> => {
  const queue = createQueue({ unboundItems: "error" });
  const interpreter = await create();
  await interpreter.run("queue.putNowait(1)", { values: { queue } });
  await interpreter.close();
  return queue;
};

const wrongPutNowait = (
  put: (queue: Queue, item: unknown, options?: never) => unknown,
): readonly Wrong[] => [
  ["TypeError", () => put(createQueue(), 1, wrong({ other: 1 }))],
  ["TypeError", () => put(createQueue(), 1, wrong({ unboundItems: "maybe" }))],
  ["QueueShutDownError", () => put(endedQueue(), 1)],
  ["QueueNotFoundError", () => put(lostQueue(), 1)],
  ["NotShareableError", () => put(createQueue(), () => {})],
];
const wrongPut = (
  put: (queue: Queue, item: unknown, options?: never) => unknown,
): readonly Wrong[] => [
  ["RangeError", () => put(createQueue(), 1, wrong({ timeout: -1 }))],
  ["QueueFullError", () => put(fullQueue(), 1, wrong({ timeout: 0 }))],
  ["QueueFullError", () => put(fullQueue(), 1, wrong({ timeout: 1 }))],
  ...wrongPutNowait((queue, item, options) => put(queue, item, options)),
];
/** A queue with a schema that refuses its item. */
const misfit = (): Queue => {
  const validate = () => ({ issues: [] });
  const queue = createQueue({
    schema: { "~standard": { version: 1, vendor: "test", validate } },
  });
  queue.putNowait(1);
  return queue;
};
const wrongGetNowait = (get: (queue: Queue) => unknown): readonly Wrong[] => [
  ["ValidationError", () => get(misfit())],
  ["QueueShutDownError", () => get(endedQueue())],
  ["QueueNotFoundError", () => get(lostQueue())],
  ["ItemInterpreterDestroyed", async () => get(await orphanedQueue())],
];
const wrongGet = (get: (queue: Queue, options?: never) => unknown): readonly Wrong[] => [
  ["TypeError", () => get(createQueue(), wrong({ block: 1 }))],
  ["RangeError", () => get(createQueue(), wrong({ timeout: NaN }))],
  ["QueueEmptyError", () => get(createQueue(), wrong({ timeout: 1 }))],
  ...wrongGetNowait((queue) => get(queue)),
];
const wrongQueueUse = (use: (queue: Queue) => unknown): readonly Wrong[] => [
  ["QueueNotFoundError", () => use(lostQueue())],
];

/**
 * Wrong calls of everything about queues that can fail.
 *
 * @param shared An interpreter that they may use.
 */
export const wrongQueueCalls = (
  shared: () => Promise<Interpreter>,
): Readonly<Record<string, readonly Wrong[]>> => ({
  createQueue: [
    ["TypeError", () => createQueue({ schema: wrong({}) })],
    ["TypeError", () => createQueue(wrong({ size: 1 }))],
    ["TypeError", () => createQueue(1.5)],
    ["RangeError", () => createQueue(2 ** 40)],
  ],
  "new Queue": [
    ...wrongId(Queue),
    ["TypeError", () => new Queue(createQueue().id, { schema: wrong({}) })],
    ["QueueNotFoundError", () => new Queue(NOBODY)],
  ],
  "Queue.put": wrongPut((queue, ...rest) => queue.put(...rest)),
  "Queue.putSync": wrongPut((queue, ...rest) => queue.putSync(...rest)),
  "Queue.putNowait": [
    ["QueueFullError", () => fullQueue().putNowait(1)],
    ...wrongPutNowait((queue, ...rest) => queue.putNowait(...rest)),
  ],
  "Queue.get": wrongGet((queue, options) => queue.get(options)),
  "Queue.getSync": wrongGet((queue, options) => queue.getSync(options)),
  "Queue.getNowait": [
    ["QueueEmptyError", () => createQueue().getNowait()],
    ...wrongGetNowait((queue) => queue.getNowait()),
  ],
  "QueueState.maxsize": [
    ...wrongQueueUse((queue) => queue.maxsize),
    ["QueueShutDownError", async () => (await lateQueue(shared)).maxsize],
  ],
  "QueueState.unboundItems": [
    ...wrongQueueUse((queue) => queue.unboundItems),
    ["QueueShutDownError", async () => (await lateQueue(shared)).unboundItems],
  ],
  "QueueState.qsize": wrongQueueUse((queue) => queue.qsize()),
  "QueueState.empty": wrongQueueUse((queue) => queue.empty()),
  "QueueState.full": wrongQueueUse((queue) => queue.full()),
  "QueueState.shutdown": [
    ["TypeError", () => createQueue().shutdown(wrong({ immediate: 1 }))],
    ...wrongQueueUse((queue) => queue.shutdown()),
  ],
});
