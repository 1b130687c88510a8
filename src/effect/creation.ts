// What `make` takes from the context: how interpreters come to be, and the options that all of
// them have. Both have defaults, so that a program needs no service.

import * as Context from "effect/Context";
import type { CreateOptions } from "../api/create_options.ts";
import { configure, create } from "../door.js";
import type { Interpreter } from "./handle.ts";

/** Options of an interpreter; interruption takes the place of the signal. */
export type EffectCreateOptions = Omit<CreateOptions, "signal">;

/** How interpreters come to be. */
export interface Creation {
  readonly create: (options: CreateOptions) => Promise<Interpreter>;
  readonly keepSpares: (spares: number) => void;
}

/** Real interpreters, unless a layer says otherwise. */
export const Creation: Context.Reference<Creation> = Context.Reference(
  "subinterpreters/Creation",
  {
    defaultValue: (): Creation => ({
      create,
      keepSpares: (spares) => configure({ spares }),
    }),
  },
);

/** Options that are taken where `make` is given none. */
export const DefaultOptions: Context.Reference<EffectCreateOptions> = Context.Reference(
  "subinterpreters/DefaultOptions",
  { defaultValue: () => ({}) },
);
