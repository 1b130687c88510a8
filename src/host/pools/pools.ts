// The pools of the program by their ids, and the tasks that interpreters have given to them. A pool
// belongs to the program: nothing here keeps one that the program has no more.

import { HandleTable } from "../../api/handle_table.ts";
import type { PoolFacts } from "../../api/inspection.ts";
import type { CheckedPoolOptions, Pool } from "../../api/pool/pool.ts";
import type { NumberedPool } from "../../api/realm.ts";
import type { Task } from "../../api/task.ts";
import { poolId } from "../../codec/handles.ts";
import { WorkerPool } from "../../executor/pool.ts";
import type { TaskAction } from "../../protocol/requests.ts";
import { GonePool } from "./gone_pool.ts";

/** A task of an interpreter's that has not ended. */
export interface AskedTask {
  readonly task: Task<unknown>;
  /** Ends it, whether it runs or not. */
  abort(): void;
}

/** All pools. */
export class Pools {
  readonly #pools = new HandleTable<WorkerPool>();
  /** By the interpreter that has submitted them, and the number of its request. */
  readonly #tasks = new Map<number, Map<number, AskedTask>>();
  #lastId = 0;

  create(options: CheckedPoolOptions): NumberedPool {
    const pool = new WorkerPool(options);
    const id = ++this.#lastId;
    this.#pools.set(id, pool);
    return { id, pool };
  }

  /** The pool of an id; `undefined` if the program has it no more. */
  get(id: number): WorkerPool | undefined {
    return this.#pools.get(id);
  }

  /** As `get`; one that is gone is shut. */
  find(id: number): Pool {
    return this.get(id) ?? new GonePool();
  }

  /** What is shown of the pools that the program has. */
  facts(): PoolFacts[] {
    return this.#pools.list().map(([id, { name, state, maxWorkers, stats }]) => ({
      ...{ id, name, state, maxWorkers, stats },
    }));
  }

  /** Whether the pool of a key is still there. */
  isThere(key: number): boolean {
    return this.get(poolId(key)) !== undefined;
  }

  /** Remembers a task until it ends. */
  keep(caller: number, call: number, asked: AskedTask): void {
    const tasks = this.#tasks.get(caller) ?? new Map<number, AskedTask>();
    this.#tasks.set(caller, tasks.set(call, asked));
  }

  forget(caller: number, call: number): void {
    this.#tasks.get(caller)?.delete(call);
  }

  /** Does something with a task of that interpreter; `false` if there is none. */
  steer(caller: number, call: number, action: TaskAction): boolean {
    const asked = this.#tasks.get(caller)?.get(call);
    if (asked === undefined) return false;
    switch (action) {
      case "cancel":
        return asked.task.cancel();
      case "ask":
        return asked.task.running();
      case "abort":
        asked.abort();
        return true;
    }
  }

  /** An interpreter is gone: what it has submitted and what has not begun is for nobody. */
  onGone(caller: number): void {
    const tasks = this.#tasks.get(caller);
    this.#tasks.delete(caller);
    for (const { task } of tasks?.values() ?? []) task.cancel();
  }
}
