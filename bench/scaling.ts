// What happens with more of everything: interpreters on one channel and on a channel
// each, bytes in an item, channels?

import { create, createChannel, type Interpreter } from "subinterpreters";
import { BARE, bareWorker, compare, next, time } from "./harness.ts";

const ITEMS = 160_000;
const CROWDS = [2, 4, 8, 16];
const interpreters: Interpreter[] = await Promise.all(
  Array.from({ length: Math.max(...CROWDS) }, () => create()),
);
const perSecond = (ms: number) => ITEMS / ms * 1000;

// Nobody waits and nobody is woken: what is measured is the way to the items alone.
const [sharedRecv, sharedSend] = createChannel();
await Promise.all(interpreters.map(async (interpreter) => {
  const [recv, send] = createChannel();
  await interpreter.run(
    `const pump = (count, from, to) => {
       for (let n = 0; n < count; n++) { to.sendNowait(n); from.recvNowait(); }
     };`,
    { channels: { sharedRecv, sharedSend, recv, send } },
  );
}));
const crowd = (size: number, ends: string) => async () =>
  perSecond(
    await time(() =>
      Promise.all(
        interpreters.slice(0, size).map((one) => one.run(`pump(${ITEMS / size}, ${ends})`)),
      )
    ),
  );
const OWN = "recv, send";
const SHARED = "sharedRecv, sharedSend";
for (const size of CROWDS) {
  await compare(
    { row: `${size} interpreters on a channel each / 1 on its own`, unit: "items/s", goal: "-" },
    crowd(size, OWN),
    crowd(1, OWN),
  );
}
for (const size of CROWDS) {
  await compare(
    { row: `${size} interpreters on one channel / 1 on its own`, unit: "items/s", goal: "-" },
    crowd(size, SHARED),
    crowd(1, OWN),
  );
}
await Promise.all(interpreters.map((interpreter) => interpreter.terminate()));

const echo = await create();
const [fromEcho, toHost] = createChannel();
const [fromHost, toEcho] = createChannel();
const echoing = echo.run("for await (const item of fromHost) toHost.sendNowait(item);", {
  channels: { fromHost, toHost },
});
const worker = bareWorker(BARE);
await next(worker);
const SIZES = { "8 B": 8, "64 KiB": 2 ** 16, "1 MiB": 2 ** 20, "64 MiB": 2 ** 26 };
for (const [name, size] of Object.entries(SIZES)) {
  const bytes = new Uint8Array(size);
  const rounds = Math.max(1, Math.min(1000, 2 ** 22 / size));
  const perRound = (ms: number) => ms * 1000 / rounds;
  await compare(
    { row: `${name} there and back / postMessage`, unit: "µs", goal: "-", samples: 3 },
    async () =>
      perRound(
        await time(async () => {
          for (let n = 0; n < rounds; n++) {
            toEcho.sendNowait(bytes);
            await fromEcho.recv();
          }
        }),
      ),
    async () =>
      perRound(
        await time(async () => {
          for (let n = 0; n < rounds; n++) {
            const answered = next(worker);
            worker.post({ echo: bytes });
            await answered;
          }
        }),
      ),
  );
}
toEcho.close();
await echoing;
await echo.terminate();
await worker.terminate();

const around = (count: number) => {
  const channels = Array.from({ length: count }, () => createChannel());
  return async () =>
    perSecond(
      await time(() => {
        for (let n = 0; n < ITEMS; n++) {
          const [recv, send] = channels[n % count] ?? [];
          send?.sendNowait(n);
          recv?.recvNowait();
        }
      }),
    );
};
const one = around(1);
for (const count of [100, 10_000]) {
  await compare(
    { row: `items over ${count} channels in turn / 1 channel`, unit: "items/s", goal: "-" },
    around(count),
    one,
  );
}
