// The acts that are in the insides of Node: `process.binding` and the native classes behind it.

import { type Act, NATIVE, PROCESS } from "./common.ts";

/** Those of `process` that lead to the insides of Node, `spawn_sync` among them; Deno has them too. */
export const ACTS_OF_BINDINGS: readonly Act[] = [{
  action: NATIVE,
  names: ["binding", "_linkedBinding"],
}];

/** What `child_process` is made of on Node: each `ChildProcess` has one. */
export const ACTS_OF_PROCESSES: readonly Act[] = [{
  action: PROCESS,
  names: ["spawn", "kill"],
  inside: ["Process", "prototype"],
}];

/** What `tls` is made of on Node. */
export const ACTS_OF_CRYPTO: readonly Act[] = [{
  action: NATIVE,
  names: ["setEngineKey", "setClientCertEngine"],
  inside: ["SecureContext", "prototype"],
}];
