// How long does a buffer of 64 MiB take there and back when it moves, beside postMessage with
// a transfer list? Nothing is copied, so it takes as long as a short message.

import { create, createChannel } from "subinterpreters";
import { BARE, bareWorker, compare, next, time } from "./harness.ts";

const TRIPS = 20;
const GOAL = "<= 1.2";
const interpreter = await create();
const bare = bareWorker(BARE);
await next(bare);
const each = (ms: number) => ms / TRIPS * 1000;
let buffer = new ArrayBuffer(2 ** 26);

const control = async () =>
  each(
    await time(async () => {
      for (let n = 0; n < TRIPS; n++) {
        const returned = next(bare);
        bare.post({ back: buffer }, [buffer]);
        buffer = (await returned as { back: ArrayBuffer }).back;
      }
    }),
  );

await interpreter.run("import { transfer } from 'subinterpreters';");
const same = (given: ArrayBuffer) => transfer(given, [given]);
declare function transfer<T>(value: T, buffers: readonly ArrayBuffer[]): T;

await compare(
  { row: "64 MiB there and back, call / postMessage, both move it", unit: "µs", goal: GOAL },
  async () =>
    each(
      await time(async () => {
        for (let n = 0; n < TRIPS; n++) {
          buffer = await interpreter.call({ fn: same, args: [buffer], transfer: [buffer] });
        }
      }),
    ),
  control,
);

const [there, send] = createChannel<ArrayBuffer>();
const [back, answer] = createChannel<ArrayBuffer>();
const echoing = interpreter.run(
  "for await (const given of there) answer.sendNowait(given, { transfer: [given] });",
  { channels: { there, answer } },
);
await compare(
  { row: "64 MiB there and back, channels / postMessage, both move it", unit: "µs", goal: GOAL },
  async () =>
    each(
      await time(async () => {
        for (let n = 0; n < TRIPS; n++) {
          send.sendNowait(buffer, { transfer: [buffer] });
          buffer = await back.recv();
        }
      }),
    ),
  control,
);
send.close();
await echoing;
await Promise.all([interpreter.terminate(), bare.terminate()]);
