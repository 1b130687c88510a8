// What channels, queues, functions and tasks with schemas infer, and what they refuse: `npm run check` fails if a line that
// is expected to be an error is none.

import * as Schema from "effect/Schema";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createChannel,
  createQueue,
  InterpreterPoolExecutor,
  Queue,
  RecvChannel,
  type SendChannel,
  type Task,
} from "subinterpreters";
import * as v from "valibot";
import * as z from "zod";

const zodDate = z.object({ at: z.string().transform((text) => new Date(text)) });

/** Never called: the compiler alone reads it. */
export async function refused(): Promise<void> {
  const [recv, send] = createChannel({ schema: zodDate });
  // @ts-expect-error -- the input of the schema is a string
  await send.send({ at: new Date() });
  // @ts-expect-error -- its output is a date
  const text: string = (await recv.recv()).at;
  // @ts-expect-error -- not what this schema gives
  createChannel<{ at: number }>({ schema: zodDate });
  // @ts-expect-error -- no schema
  createChannel({ schema: { validate: () => true } });
  // @ts-expect-error -- not what this schema gives
  const other: RecvChannel<string> = new RecvChannel(0, { schema: zodDate });
  // @ts-expect-error -- the input schema is one of a list of arguments
  await create({ functions: { f: { input: z.string(), call: (a: string) => a } } });
  // @ts-expect-error -- an object without call
  await create({ functions: { f: { input: z.tuple([]) } } });
  const queue = createQueue({ schema: zodDate });
  // @ts-expect-error -- the input of the schema is a string
  await queue.put({ at: new Date() });
  // @ts-expect-error -- its output is a date
  const got: string = (await queue.get()).at;
  const pool = new InterpreterPoolExecutor();
  // @ts-expect-error -- the output of the schema is a string
  const task: Task<number> = pool.submit({ source: "1", schema: z.string() });
  void [text, other, got, task];
}

test("createChannel({ schema }) has the output of zod, valibot and Effect on the receiving end", async () => {
  const [zodEnd, zodOutbox] = createChannel({ schema: zodDate });
  zodOutbox.sendNowait({ at: "2020-01-01" });
  const zodYear: number = (await zodEnd.recv()).at.getUTCFullYear();
  const [valibotEnd, valibotOutbox]: [RecvChannel<number>, SendChannel<string>] = createChannel({
    schema: v.pipe(v.string(), v.transform(Number)),
  });
  valibotOutbox.sendNowait("7");
  const seven: number = valibotEnd.recvSync();
  const [effectEnd, effectOutbox]: [RecvChannel<number>, SendChannel<string>] = createChannel({
    schema: Schema.toStandardSchemaV1(Schema.FiniteFromString),
  });
  effectOutbox.sendNowait("8");
  const eight: number | null = effectEnd.recvNowait();
  assert.deepEqual([zodYear, seven, eight], [2020, 7, 8]);
});

test("new RecvChannel(id, { schema }) has the output of the schema", async () => {
  const [untyped, outbox] = createChannel();
  outbox.sendNowait({ at: "2020-01-01" });
  const end = new RecvChannel(untyped.id, { schema: zodDate });
  const { at } = await end.recv();
  assert.equal(at.getUTCFullYear(), 2020);
});

test("a Queue has the input of its schema for put(), and the output for get()", async () => {
  const queue = createQueue({ schema: zodDate });
  await queue.put({ at: "2020-01-01" });
  const { at } = await queue.get();
  const again = new Queue(queue.id, { schema: zodDate });
  queue.putNowait({ at: "2021-01-01" });
  const later: Date = again.getNowait().at;
  const plain: Queue<number> = createQueue<number>();
  const forGetting: Queue<never, number | string> = plain;
  plain.putNowait(1);
  const one: number | string = forGetting.getNowait();
  assert.deepEqual([at.getUTCFullYear(), later.getUTCFullYear(), one], [2020, 2021, 1]);
});
