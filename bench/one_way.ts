// How many small objects a second go one way, beside postMessage? And does a host
// that is blocked hold two interpreters up?

import { create, createChannel, createQueue } from "subinterpreters";
import { BARE, bareWorker, compare, next, time } from "./harness.ts";

const ITEMS = 100_000;
const FLOOD = `for (let i = 0; i < ${ITEMS}; i++) out.sendNowait({ i, s: "ab" });`;
const GOAL = ">= 10 (Deno), >= 3 (Bun), >= 8 (Node)";
const [source, sink] = await Promise.all([create(), create()]);
const [left, right] = [bareWorker(BARE), bareWorker(BARE)];
await Promise.all([next(left), next(right)]);
const perSecond = (ms: number) => ITEMS / ms * 1000;

const floodHost = (): Promise<void> =>
  new Promise((resolve) => {
    let seen = 0;
    left.listen(() => {
      if (++seen === ITEMS) resolve();
    });
    left.post({ flood: ITEMS });
  });

const [recv, send] = createChannel();
await source.run("", { channels: { out: send } });
await compare(
  { row: "one way to the host, for await / postMessage", unit: "items/s", goal: GOAL },
  async () =>
    perSecond(
      await time(async () => {
        const sending = source.run(FLOOD);
        let seen = 0;
        for await (const _ of recv) if (++seen === ITEMS) break;
        await sending;
      }),
    ),
  async () => perSecond(await time(floodHost)),
);
await compare(
  { row: "one way to the host, recvSync / postMessage", unit: "items/s", goal: GOAL },
  async () =>
    perSecond(
      await time(async () => {
        const sending = source.run(FLOOD);
        for (let seen = 0; seen < ITEMS; seen++) recv.recvSync();
        await sending;
      }),
    ),
  async () => perSecond(await time(floodHost)),
);

const [inner, toInner] = createChannel();
await source.run("", { channels: { out: toInner } });
await sink.run("", { channels: { source: inner } });
const between = (receive: string) => async () => {
  const receiving = sink.evaluate<number>(`
    const started = performance.now();
    for (let n = 0; n < ${ITEMS}; n++) { ${receive} }
    performance.now() - started;
  `);
  await source.run(FLOOD);
  return perSecond(await receiving);
};
/** As `between`: a batch counts for as many items as it has. */
const manyBetween = (receive: string) => between(`n--; n += (${receive}).length;`);
const integersBetween = (receive: string) => async () => {
  const receiving = sink.evaluate<number>(`
    const started = performance.now();
    for (let n = 0; n < ${ITEMS}; n++) { ${receive} }
    performance.now() - started;
  `);
  await source.run(`for (let i = 0; i < ${ITEMS}; i++) out.sendNowait(i);`);
  return perSecond(await receiving);
};
const controlOf = (kind: "object" | "integer") => async () => {
  const { port1, port2 } = new MessageChannel();
  const ms = await time(async () => {
    const done = next(right);
    right.post({ port: port2, role: "sink", count: ITEMS }, [port2]);
    left.post({ port: port1, role: "source", count: ITEMS, kind }, [port1]);
    await done;
  });
  return perSecond(ms);
};
await compare(
  { row: "one way between two, recv / MessageChannel", unit: "items/s", goal: GOAL },
  between("await source.recv()"),
  controlOf("object"),
);
await compare(
  { row: "one way between two, recvSync / MessageChannel", unit: "items/s", goal: GOAL },
  between("source.recvSync()"),
  controlOf("object"),
);

await compare(
  { row: "one way between two, recvMany / MessageChannel", unit: "items/s", goal: GOAL },
  manyBetween("await source.recvMany()"),
  controlOf("object"),
);
for (const receive of ["recv", "recvSync"]) {
  await compare(
    {
      row: `integers one way between two, ${receive} / MessageChannel`,
      unit: "items/s",
      goal: ">= 15 (Deno), >= 4 (Bun), >= 10 (Node)",
    },
    integersBetween(receive === "recv" ? "await source.recv()" : "source.recvSync()"),
    controlOf("integer"),
  );
}

// Queues: one that is never full, and one whose putter waits for room again and again.
const betweenBy = (maxsize: number, put: string, get: string) => async () => {
  const queue = createQueue(maxsize);
  await Promise.all([source, sink].map((one) => one.prepareMain({ queue })));
  const getting = sink.evaluate<number>(`
    const started = performance.now();
    for (let n = 0; n < ${ITEMS}; n++) { ${get} }
    performance.now() - started;
  `);
  await source.run(`for (let i = 0; i < ${ITEMS}; i++) { ${put} }`);
  const rate = perSecond(await getting);
  queue.shutdown();
  return rate;
};
const ITEM = '{ i, s: "ab" }';
await compare(
  {
    row: "one way between two, queue, putNowait and get / MessageChannel",
    unit: "items/s",
    goal: GOAL,
  },
  betweenBy(0, `queue.putNowait(${ITEM});`, "await queue.get();"),
  controlOf("object"),
);
await compare(
  {
    row: "one way between two, queue, putNowait and getSync / MessageChannel",
    unit: "items/s",
    goal: GOAL,
  },
  betweenBy(0, `queue.putNowait(${ITEM});`, "queue.getSync();"),
  controlOf("object"),
);
await compare(
  {
    row: "one way between two, queue of 100, put and get / MessageChannel",
    unit: "items/s",
    goal: ">= 3",
  },
  betweenBy(100, `await queue.put(${ITEM});`, "await queue.get();"),
  controlOf("object"),
);

// The control is the same two interpreters while the host is free. How many items
// they exchange in a second comes from their own clocks.
const SECOND = `
  const until = performance.now() + 1000;
  let count = 0;
  while (performance.now() < until) { for (let i = 0; i < 100; i++, count++) out.sendNowait({ i, s: "ab" }); }
  out.sendNowait(null);
  count;
`;
const rate = async (block: boolean) => {
  const receiving = sink.evaluate<number>(
    "let got = 0; while (source.recvSync() !== null) got++; got",
  );
  const sending = source.run(SECOND);
  if (block) {
    // Two seconds without the event loop, and without serving anybody.
    const until = performance.now() + 2000;
    while (performance.now() < until) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
  await sending;
  return await receiving;
};
await compare(
  {
    row: "two interpreters, host blocked / host free",
    unit: "items/s",
    goal: ">= 0.9",
    samples: 3,
  },
  () => rate(true),
  () => rate(false),
);
await Promise.all([source.terminate(), sink.terminate(), left.terminate(), right.terminate()]);
