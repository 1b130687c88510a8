// The peers as teams. Their names are variables and their shapes are written down
// here: a checkout is type-checked without bench/node_modules.

import { fileURLToPath } from "node:url";
import wt from "node:worker_threads";
import { beside, type Input, inTurn, type StartTeam, type Task } from "./team.ts";

async function load<Module>(peer: string): Promise<Module> {
  return await import(peer) as Module;
}

interface Pool {
  run(input: Input, options: { name: Task }): Promise<unknown>;
  destroy(): Promise<unknown>;
}

type NewPool = new (options: object) => Pool;

function poolOf(pool: Pool): ReturnType<StartTeam> {
  return Promise.resolve({
    call: (task, input) => pool.run(input, { name: task }),
    stop: () => pool.destroy(),
  });
}

const piscina: StartTeam = async (threads) => {
  const { Piscina } = await load<{ Piscina: NewPool }>("piscina");
  const filename = beside("tasks.mjs").href;
  return poolOf(
    new Piscina({ filename, minThreads: threads, maxThreads: threads }),
  );
};

const tinypool: StartTeam = async (threads) => {
  const { Tinypool } = await load<{ Tinypool: NewPool }>("tinypool");
  const filename = beside("tasks.mjs").href;
  return poolOf(
    new Tinypool({ filename, minThreads: threads, maxThreads: threads }),
  );
};

interface Workerpool {
  pool(script: string, options: object): {
    exec(task: Task, inputs: readonly [Input]): PromiseLike<unknown>;
    terminate(force: boolean): PromiseLike<unknown>;
  };
}

const workerpool: StartTeam = async (threads) => {
  const { default: library } = await load<{ default: Workerpool }>(
    "workerpool",
  );
  const team = library.pool(fileURLToPath(beside("workerpool_worker.mjs")), {
    minWorkers: threads,
    maxWorkers: threads,
    workerType: "thread",
  });
  return {
    // Its promises are of a class of its own.
    call: async (task, input) => await team.exec(task, [input]),
    stop: async () => await team.terminate(true),
  };
};

interface Poolifier {
  FixedThreadPool: new (threads: number, file: string, options: object) => {
    execute(input: Input, task: Task): Promise<unknown>;
    destroy(): Promise<unknown>;
  };
}

/** A pool of poolifier's. */
export const poolifier: StartTeam = async (threads) => {
  const { FixedThreadPool } = await load<Poolifier>("poolifier");
  const pool = new FixedThreadPool(
    threads,
    fileURLToPath(beside("poolifier_worker.mjs")),
    {
      errorEventHandler: (error: unknown) => {
        throw error;
      },
    },
  );
  return {
    call: (task, input) => pool.execute(input, task),
    stop: () => pool.destroy(),
  };
};

interface Comlink {
  wrap(endpoint: unknown): Record<Task, (input: Input) => Promise<unknown>>;
}

declare const Worker: new (url: URL, options: object) => { terminate(): void };

/** On Deno and Bun comlink takes the web's workers, as in a browser. */
export const comlink: StartTeam = async (threads) => {
  const library = await load<Comlink>("comlink");
  const url = beside("comlink_worker.mjs");
  if ("Deno" in globalThis || "Bun" in globalThis) {
    return inTurn(Array.from({ length: threads }, () => {
      const worker = new Worker(url, { type: "module" });
      const remote = library.wrap(worker);
      return {
        call: (task: Task, input: Input) => remote[task](input),
        stop: async () => worker.terminate(),
      };
    }));
  }
  const { default: endpoint } = await load<
    { default: (worker: wt.Worker) => unknown }
  >(
    "comlink/dist/esm/node-adapter.mjs",
  );
  return inTurn(Array.from({ length: threads }, () => {
    const worker = new wt.Worker(url, { execArgv: [] });
    const remote = library.wrap(endpoint(worker));
    return {
      call: (task: Task, input: Input) => remote[task](input),
      stop: () => worker.terminate(),
    };
  }));
};

/** By their names on npm. */
export const PEERS: Readonly<Record<string, StartTeam>> = {
  comlink,
  piscina,
  poolifier,
  tinypool,
  workerpool,
};
