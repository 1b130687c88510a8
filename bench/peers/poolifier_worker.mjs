// `require`: see comlink_worker.mjs.

import { createRequire } from "node:module";
import * as tasks from "./tasks.mjs";

const { ThreadWorker } = createRequire(import.meta.url)("poolifier");
// It listens to its own port from here on.
void new ThreadWorker({ add: tasks.add, primes: tasks.primes });
