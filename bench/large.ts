// How many MiB a second do typed arrays of 1 MiB go one way, beside the copy that
// postMessage makes? With sendSync one is on the way at a time.

import { create, createChannel } from "subinterpreters";
import { BARE, bareWorker, compare, next, time } from "./harness.ts";

const ITEMS = 64;
const [source, sink] = await Promise.all([create(), create()]);
const [left, right] = [bareWorker(BARE), bareWorker(BARE)];
await Promise.all([next(left), next(right)]);
const perSecond = (ms: number) => ITEMS / ms * 1000;

const [inner, out] = createChannel({ capacity: 2 ** 24 });
await source.run("const chunk = new Uint8Array(2 ** 20);", { channels: { out } });
await sink.run("", { channels: { inner } });

const ours = (send: string) => async () => {
  const receiving = sink.evaluate<number>(`
    const started = performance.now();
    for (let n = 0; n < ${ITEMS}; n++) inner.recvSync();
    performance.now() - started;
  `);
  await source.run(`for (let n = 0; n < ${ITEMS}; n++) ${send};`);
  return perSecond(await receiving);
};

const control = async () => {
  const { port1, port2 } = new MessageChannel();
  const ms = await time(async () => {
    const done = next(right);
    right.post({ port: port2, role: "sink", count: ITEMS }, [port2]);
    left.post({ port: port1, role: "source", count: ITEMS, kind: "chunk" }, [port1]);
    await done;
  });
  return perSecond(ms);
};

for (const send of ["sendNowait", "sendSync"]) {
  await compare(
    {
      row: `1 MiB Uint8Array one way, ${send} / MessageChannel`,
      unit: "items/s",
      goal: ">= 3 (Deno, Node), >= 1.5 (Bun)",
    },
    ours(`out.${send}(chunk)`),
    control,
  );
}
await Promise.all([source.terminate(), sink.terminate(), left.terminate(), right.terminate()]);
