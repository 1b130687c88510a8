// Making and listing queues.

import { isQueueKey, queueId } from "../codec/handles.ts";
import type { QueueOptions } from "./options.ts";
import { type Queue, queueOf } from "./queue.ts";
import { checkQueueOptions } from "./queue_options.ts";
import { setSchemaOfQueue } from "./queue_schemas.ts";
import { realm } from "./realm.ts";
import { checkSchema } from "./validation.ts";

/**
 * Creates a queue.
 *
 * Any interpreter that has it may put and get. It lives until it is shut down. Queues count
 * together with channels: see `createChannel` for how many there may be.
 *
 * With a `schema` each item is validated where it is got, in this interpreter. What does not
 * fit is taken out of the queue and dropped, and `get` ends in a `ValidationError`.
 *
 * @typeParam Input Type of what is put. Without a schema it is for the compiler alone.
 * @typeParam Output Type of what is got, which differs if the schema transforms.
 * @param options The most items, or options: `maxsize`, `unboundItems` and `schema`.
 * @returns The queue.
 * @throws {TypeError} `maxsize` is not an integer, an option has the wrong type, `schema` is none,
 *   or there is no option of that name.
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
export function createQueue<Input = unknown, Output = Input>(
  options: number | QueueOptions<Input, Output> = {},
): Queue<Input, Output> {
  const checked = checkQueueOptions(options);
  const schema = typeof options === "number" ? undefined : options.schema;
  if (schema !== undefined) checkSchema("Cannot create a queue: schema", schema);
  const queue = queueOf<Input, Output>(queueId(realm().createQueue(checked)));
  if (schema !== undefined) setSchemaOfQueue(queue.id, schema);
  return queue;
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
