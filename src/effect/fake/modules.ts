// Modules that an interpreter of a test imports: loaded in this realm, and used as those in
// another thread are, with copies.

import { exportTarget } from "../../api/line.ts";
import { checkInUse, type Imported } from "../../api/remote.ts";
import type { RemoteFunctionOptions } from "../../api/remote_types.ts";
import { callExport, describe, exported } from "../../guest/modules.ts";
import { copied, packed, unpacked } from "./copies.ts";

/** Does what a call does, until its options end it. */
type Perform = <T>(operation: () => Promise<T>, options: RemoteFunctionOptions) => Promise<T>;

/** The object that stands for a module. */
export function remoteOf(
  exports: object,
  imported: Omit<Imported, "iterators">,
  perform: Perform,
): object {
  const remote: object = Object.create(null);
  for (const [name, kind] of describe(exports)) {
    if (name === "then") continue;
    const { name: fullName } = exportTarget(imported.module, name);
    const begin = (args: unknown[]) =>
      callExport(
        exports,
        name,
        unpacked(`the arguments of "${name}"`, packed(args, `The arguments of "${name}"`)),
      );
    const calling = (options: RemoteFunctionOptions) => async (...args: unknown[]) => {
      checkInUse(imported, fullName);
      return await perform(async () => copied(await begin(args)), options);
    };
    const iterating = (options: RemoteFunctionOptions) =>
      async function* (...args: unknown[]): AsyncGenerator<unknown, unknown> {
        let iterator: AsyncGenerator | undefined;
        let isOver = false;
        let isBusy = false;
        checkInUse(imported, fullName);
        try {
          while (!imported.isGivenUp) {
            isBusy = true;
            const next = await perform(async () => {
              iterator ??= begin(args) as AsyncGenerator;
              const { done, value } = await iterator.next();
              isOver = done === true;
              return { value: copied(value) };
            }, options);
            isBusy = false;
            if (isOver) return next.value;
            yield next.value;
          }
          return undefined;
        } finally {
          const left = isOver ? undefined : leave(iterator);
          // One that works may do so for ever.
          if (!isBusy) await left;
        }
      };
    const read = async () => {
      checkInUse(imported, name);
      return await perform(async () => copied(exported(exports, name)), {});
    };
    const make = kind === "generator" ? iterating : calling;
    Object.defineProperty(
      remote,
      name,
      kind === "value"
        ? { enumerable: true, get: read }
        : { enumerable: true, value: Object.assign(make({}), { withOptions: make }) },
    );
  }
  const giveUp = async () => {
    imported.isGivenUp = true;
  };
  Object.defineProperty(remote, Symbol.asyncDispose, { value: giveUp });
  return Object.freeze(remote);
}

/** Ends a generator; what it throws then is for nobody. */
async function leave(iterator: AsyncGenerator | undefined): Promise<void> {
  try {
    await iterator?.return(undefined);
  } catch {
    // Whoever left it has an error, or wants no more.
  }
}
