// Making and listing queues.

import { isQueueKey, queueId } from "../codec/handles.ts";
import type { QueueOptions } from "./options.ts";
import { type Queue, queueOf } from "./queue.ts";
import { checkQueueOptions } from "./queue_options.ts";
import { realm } from "./realm.ts";

/**
 * Creates a queue.
 *
 * Any interpreter that has it may put and get. It lives until it is shut down. Queues count
 * together with channels: see `createChannel` for how many there may be.
 *
 * @typeParam T What the items are.
 * @param options The most items, or options: `maxsize` and `unboundItems`.
 * @returns The queue.
 * @throws {TypeError} `maxsize` is not an integer, an option has the wrong type, or there is no
 *   option of that name.
 * @throws {RangeError} `maxsize` has more than 31 bits, or there are too many channels and queues.
 * @see PEP 734 `create_queue(maxsize=0, *, unbounditems=UNBOUND)`; differs: items stay by default.
 *
 * @example Between the program and an interpreter
 * ```ts
 * import { create, createQueue } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const queue = createQueue({ maxsize: 10 });
 * await using interpreter = await create();
 * await interpreter.run("await queue.put(6 * 7)", { values: { queue } });
 * assert.equal(await queue.get(), 42);
 * ```
 */
export function createQueue<T = unknown>(options: number | QueueOptions = {}): Queue<T> {
  return queueOf<T>(queueId(realm().createQueue(checkQueueOptions(options))));
}

/**
 * Lists the open queues that this interpreter may reach: all, or for a sandbox those that it
 * made or was handed. One that is shut down counts as long as items are in it.
 *
 * @returns A new array, ordered by id.
 * @see CPython 3.13 `queues.list_all`.
 *
 * @example A new queue is the last
 * ```ts
 * import { createQueue, listAllQueues } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const queue = createQueue();
 * assert.equal(listAllQueues().at(-1), queue);
 * queue.shutdown();
 * assert.equal(listAllQueues().includes(queue), false);
 * ```
 */
export function listAllQueues(): Queue[] {
  const keys = realm().listChannels().filter(isQueueKey);
  return keys.map((key) => queueOf(queueId(key))).toReversed();
}
