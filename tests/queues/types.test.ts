// What the types of queues infer, and what they refuse: `npm run check` fails if a line that is
// expected to be an error is none.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createQueue, type MainValues, Queue } from "subinterpreters";

interface Job {
  readonly id: number;
}
interface NamedJob extends Job {
  readonly name: string;
}

/** Never called: the compiler alone reads it. */
export async function refused(): Promise<void> {
  const jobs = createQueue<Job>();
  // @ts-expect-error -- an item of another type
  await jobs.put("job");
  // @ts-expect-error -- a property is missing
  jobs.putNowait({});
  // @ts-expect-error -- an item of another type
  jobs.putSync(1);
  // @ts-expect-error -- items are jobs
  const text: string = await jobs.get();
  // @ts-expect-error -- nobody promises that each job has a name
  const named: Queue<NamedJob> = jobs;
  // @ts-expect-error -- whoever puts jobs on it would put some without a name
  const plain: Queue<Job> = createQueue<NamedJob>();
  // @ts-expect-error -- a call that blocks takes no signal
  jobs.getSync({ signal: new AbortController().signal });
  // @ts-expect-error -- a choice that there is not
  createQueue({ unboundItems: "drop" });
  void [text, named, plain];
}

test("createQueue() without a type has items that are unknown", async () => {
  const queue: Queue = createQueue();
  queue.putNowait(1);
  const item: unknown = await queue.get();
  assert.equal(item, 1);
});

test("createQueue() types every way to get", async () => {
  const queue = createQueue<Job>({ maxsize: 10 });
  for (let id = 1; id <= 4; id++) await queue.put({ id });
  const first: Job = await queue.get();
  const second: Job = queue.getSync();
  const third: Job = queue.getNowait();
  queue.shutdown();
  for await (const job of queue) assert.equal(job.id, 4);
  assert.deepEqual([first.id, second.id, third.id], [1, 2, 3]);
});

test("new Queue() takes the type that it is given, and a queue is one of the values", () => {
  const again = new Queue<string>(createQueue<string>().id);
  const values: MainValues = { again };
  again.putNowait("a");
  const item: string = again.getNowait();
  assert.equal(item, "a");
  assert.ok("again" in values);
});
