// Modules that an interpreter of a test imports: loaded in this realm, and used as those in
// another thread are, with copies.

import type { RemoteFunctionOptions } from "../../api/remote_types.ts";
import { callExport, describe, exported } from "../../guest/modules.ts";
import { copied, packed, unpacked } from "./copies.ts";

/** Does what a call does, until its options end it. */
type Perform = <T>(operation: () => Promise<T>, options: RemoteFunctionOptions) => Promise<T>;

/** The object that stands for a module. */
export function remoteOf(exports: object, perform: Perform): object {
  const remote: object = Object.create(null);
  for (const [name, kind] of describe(exports)) {
    if (name === "then") continue;
    const begin = (args: unknown[]) =>
      callExport(
        exports,
        name,
        unpacked(`the arguments of "${name}"`, packed(args, `The arguments of "${name}"`)),
      );
    const calling = (options: RemoteFunctionOptions) => (...args: unknown[]) =>
      perform(async () => copied(await begin(args)), options);
    const iterating = (options: RemoteFunctionOptions) =>
      async function* (...args: unknown[]): AsyncGenerator<unknown, unknown> {
        let iterator: AsyncGenerator | undefined;
        let isOver = false;
        try {
          for (;;) {
            const next = await perform(async () => {
              iterator ??= begin(args) as AsyncGenerator;
              const { done, value } = await iterator.next();
              isOver = done === true;
              return { value: copied(value) };
            }, options);
            if (isOver) return next.value;
            yield next.value;
          }
        } finally {
          if (!isOver) await iterator?.return(undefined);
        }
      };
    const make = kind === "generator" ? iterating : calling;
    Object.defineProperty(
      remote,
      name,
      kind === "value"
        ? { enumerable: true, get: () => perform(async () => copied(exported(exports, name)), {}) }
        : { enumerable: true, value: Object.assign(make({}), { withOptions: make }) },
    );
  }
  Object.defineProperty(remote, Symbol.asyncDispose, { value: async () => {} });
  return Object.freeze(remote);
}
