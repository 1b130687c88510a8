// `require`: see comlink_worker.mjs.

import { createRequire } from "node:module";
import * as tasks from "./tasks.mjs";

const workerpool = createRequire(import.meta.url)("workerpool");
workerpool.worker({ add: tasks.add, primes: tasks.primes });
