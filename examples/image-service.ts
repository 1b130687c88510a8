// A web service that makes pictures smaller and blurs them. Each request is a call of a typed
// module (image.ts) in a pool of interpreters, with a time limit of its own.
//
//   deno run -A examples/image-service.ts · bun examples/image-service.ts
//   npx tsx examples/image-service.ts [--port 3000] [--timeout 5000] [--workers N]
//
//   curl --data-binary @mandelbrot.png "localhost:3000/resize?width=300" > small.png
//
// The program's own thread only answers: it goes on while workers compute, and a request that
// takes too long costs its worker and nobody else's request. Ctrl-C lets open requests end.

import process from "node:process";
import { parseArgs } from "node:util";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { serve } from "srvx";
import {
  InterpreterPoolExecutor,
  InterpreterTerminatedError,
  QueueFullError,
} from "subinterpreters";

type Image = typeof import("./image.ts");

const IMAGE = new URL("./image.ts", import.meta.url);
const MAX_BYTES = 32 * 2 ** 20;

/** The service, without a server. */
function service(pool: InterpreterPoolExecutor, timeout: number): Hono {
  const work = async (
    c: Context,
    name: keyof Image,
    more: string | undefined,
  ): Promise<Response> => {
    const png = new Uint8Array(await c.req.arrayBuffer());
    const task = pool.submit<ReturnType<Image[typeof name]>>({
      module: IMAGE,
      export: name,
      args: [png, Number(more)] satisfies Parameters<Image[typeof name]>,
      // The picture moves to the worker, however long it is.
      transfer: [png.buffer],
      timeout,
      // Whoever has gone away needs no picture. (Deno 2.9 notices only after a short body.)
      signal: c.req.raw.signal,
    });
    return c.body(new Uint8Array(await task), 200, { "content-type": "image/png" });
  };
  const app = new Hono();
  app.use(bodyLimit({ maxSize: MAX_BYTES }));
  app.use(async (c, next) => {
    await next();
    console.log(`${c.req.method} ${c.req.path} ${c.res.status}`);
  });
  app.post("/resize", (c) => work(c, "resize", c.req.query("width")));
  app.post("/blur", (c) => work(c, "blur", c.req.query("radius")));
  app.get("/stats", (c) => c.json(pool.stats));
  app.onError((error, c) => {
    if (c.req.raw.signal.aborted) return new Response(null, { status: 499 });
    // What the module throws about its arguments comes out of the pool as it is.
    if (error instanceof TypeError || error instanceof RangeError) {
      return c.text(`${error.message}\n`, 400);
    }
    if (error instanceof QueueFullError) return c.text("There is too much to do\n", 503);
    if (error instanceof InterpreterTerminatedError && error.reason === "timeout") {
      return c.text(`That takes longer than ${timeout} ms\n`, 504);
    }
    console.error(error);
    return c.text("The picture could not be made\n", 500);
  });
  return app;
}

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "3000" },
    timeout: { type: "string", default: "5000" },
    workers: { type: "string" },
  },
});
const pool = new InterpreterPoolExecutor({
  maxQueue: 1_000,
  ...(values.workers === undefined ? {} : { maxWorkers: Number(values.workers) }),
});
const server = serve({
  fetch: service(pool, Number(values.timeout)).fetch,
  port: Number(values.port),
  hostname: "127.0.0.1",
  silent: true,
  gracefulShutdown: false,
});
await server.ready();
console.log(`Listening on ${server.url}`);

/** Takes no more requests, lets those that are open end, and then the workers. */
async function stop(): Promise<void> {
  console.log("Stopping");
  await server.close();
  await pool.shutdown();
  console.log("Stopped");
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
