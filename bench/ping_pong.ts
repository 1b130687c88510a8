// How long does an exchange take between two interpreters, beside a MessageChannel
// between two bare workers?

import { create, createChannel, createQueue } from "subinterpreters";
import { BARE, bareWorker, compare, next, time } from "./harness.ts";

const ROUNDS = 3000;
const [a, b] = await Promise.all([create(), create()]);
const [aIn, toA] = createChannel();
const [bIn, toB] = createChannel();
await a.run("", { channels: { source: aIn, out: toB } });
await b.run("", { channels: { source: bIn, out: toA } });

const [left, right] = [bareWorker(BARE), bareWorker(BARE)];
await Promise.all([next(left), next(right)]);

const exchange = (ping: string, pong: string) => async () => {
  const ponging = b.run(`for (let n = 0; n < ${ROUNDS}; n++) { ${pong} }`);
  const us = await a.evaluate<number>(`
    const started = performance.now();
    for (let n = 0; n < ${ROUNDS}; n++) { ${ping} }
    (performance.now() - started) * 1000 / ${ROUNDS};
  `);
  await ponging;
  return us;
};

const control = async () => {
  const { port1, port2 } = new MessageChannel();
  right.post({ port: port2, role: "pong", count: ROUNDS }, [port2]);
  const ms = await time(async () => {
    const done = next(left);
    left.post({ port: port1, role: "ping", count: ROUNDS }, [port1]);
    await done;
  });
  return ms * 1000 / ROUNDS;
};

await compare(
  { row: "ping-pong, send and recv / MessageChannel", unit: "µs", goal: "<= 1" },
  exchange("await out.send(n); await source.recv();", "await source.recv(); await out.send(n);"),
  control,
);
await compare(
  { row: "ping-pong, sendNowait and recv / MessageChannel", unit: "µs", goal: "<= 1" },
  exchange("out.sendNowait(n); await source.recv();", "await source.recv(); out.sendNowait(n);"),
  control,
);
await compare(
  { row: "ping-pong, Sync twins / MessageChannel", unit: "µs", goal: "<= 0.7 (Deno, Node)" },
  exchange("out.sendSync(n); source.recvSync();", "source.recvSync(); out.sendSync(n);"),
  control,
);
const [there, back] = [createQueue(1), createQueue(1)];
await a.prepareMain({ there, back });
await b.prepareMain({ there, back });
await compare(
  { row: "ping-pong, put and get of queues / MessageChannel", unit: "µs", goal: "<= 1" },
  exchange("await there.put(n); await back.get();", "await there.get(); await back.put(n);"),
  control,
);
await compare(
  { row: "put on a full queue of 1 / send on a channel", unit: "µs", goal: "<= 1.2" },
  exchange("await there.put(n);", "await there.get();"),
  exchange("await out.send(n);", "await source.recv();"),
);
await Promise.all([a.terminate(), b.terminate(), left.terminate(), right.terminate()]);
