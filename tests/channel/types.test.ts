// What the types of channels infer, and what they refuse: `npm run check` fails if a line that
// is expected to be an error is none.

import type * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Queue from "effect/Queue";
import type * as Stream from "effect/Stream";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, RecvChannel, SendChannel } from "subinterpreters";
import {
  dequeue,
  enqueue,
  recv,
  type RecvError,
  send,
  type SendError,
  stream,
} from "subinterpreters/effect";

interface Job {
  readonly id: number;
}
interface NamedJob extends Job {
  readonly name: string;
}

/** Never called: the compiler alone reads it. */
export async function refused(): Promise<void> {
  const [jobs, outbox] = createChannel<Job>();
  // @ts-expect-error -- an item of another type
  await outbox.send("job");
  // @ts-expect-error -- a property is missing
  outbox.sendNowait({});
  // @ts-expect-error -- an item of another type
  outbox.sendSync(1);
  // @ts-expect-error -- items are jobs
  const text: string = await jobs.recv();
  // @ts-expect-error -- there may be nothing
  const job: Job = jobs.recvNowait();
  // @ts-expect-error -- the fallback counts too
  const jobOrFalse: Job = jobs.recvNowait(false);
  // @ts-expect-error -- a stream of jobs takes nothing else
  await outbox.writable.getWriter().write("job");
  // @ts-expect-error -- nobody promises that each job has a name
  const named: RecvChannel<NamedJob> = jobs;
  // @ts-expect-error -- whoever sends jobs on it would send some without a name
  const anyJob: SendChannel<Job> = new SendChannel<NamedJob>(0);
  // @ts-expect-error -- whoever has it sends anything
  const anything: SendChannel = outbox;
  // @ts-expect-error -- an item of another type
  send(outbox, "job");
  // @ts-expect-error -- a stream of jobs
  const texts: Stream.Stream<string, RecvError> = stream(jobs);
  void [text, job, jobOrFalse, named, anyJob, anything, texts];
}

test("createChannel() without a type has ends of unknown, as before", async () => {
  const [end, outbox] = createChannel();
  const pair: [RecvChannel, SendChannel] = [end, outbox];
  pair[1].sendNowait(1);
  pair[1].sendNowait("a");
  const item: unknown = await end.recv();
  const other: unknown = end.recvNowait("none");
  assert.deepEqual([item, other], [1, "a"]);
});

test("createChannel() types every way to receive", async () => {
  const [end, outbox] = createChannel<Job>();
  const jobs = [1, 2, 3, 4, 5, 6].map((id): Job => ({ id }));
  for (const job of jobs) outbox.sendNowait(job);
  const first: Job = await end.recv();
  const second: Job = end.recvSync();
  const third: Job | null = end.recvNowait();
  const fourth: Job | "none" = end.recvNowait("none");
  const fifth: Job[] = await end.recvMany(1);
  const sixth: Job[] = end.recvManySync();
  assert.deepEqual([first, second, third, fourth, ...fifth, ...sixth], jobs);
  outbox.sendNowait({ id: 7 });
  outbox.sendNowait({ id: 8 });
  outbox.close();
  const reader: ReadableStreamDefaultReader<Job> = end.readable.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  assert.equal(value?.id, 7);
  for await (const job of end) assert.equal(job.id, 8);
});

test("a RecvChannel for fewer types, and a SendChannel for more, may stand for another", () => {
  const [named, namedOutbox] = createChannel<NamedJob>();
  const jobs: RecvChannel<Job> = named;
  const all: readonly RecvChannel[] = [named, jobs];
  const [, outbox] = createChannel<Job>();
  const fewer: SendChannel<NamedJob> = outbox;
  const none: readonly SendChannel<never>[] = [outbox, namedOutbox, fewer];
  fewer.sendNowait({ id: 1, name: "a" });
  assert.deepEqual([all.length, none.length], [2, 3]);
});

test("new RecvChannel() and new SendChannel() take the type that they are given", async () => {
  const [end, outbox] = createChannel<string>();
  const again = new RecvChannel<string>(end.id);
  new SendChannel<string>(outbox.id).sendNowait("a");
  const item: string = await again.recv();
  assert.equal(item, "a");
});

test("effect: recv(), send(), dequeue(), enqueue() and stream() have the type of the end", async () => {
  const [end, outbox] = createChannel<number>();
  const program = Effect.gen(function* () {
    const offers: Queue.Enqueue<number, SendError> = yield* enqueue(outbox);
    yield* Queue.offer(offers, 1);
    const one: number = yield* recv(end);
    yield* Effect.forkChild(send(outbox, 2));
    const taken: Queue.Dequeue<number, RecvError | Cause.Done> = yield* dequeue(end);
    const two: number = yield* Queue.take(taken);
    const all: Stream.Stream<number, RecvError> = stream(end);
    return [one, two, typeof all];
  });
  assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), [1, 2, "object"]);
});
