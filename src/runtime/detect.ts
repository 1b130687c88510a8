// Chooses the adapter, by what the runtime offers and not by its name.

import type { Adapter } from "./adapter.ts";
import { bunAdapter } from "./bun/adapter.ts";
import { denoAdapter } from "./deno/adapter.ts";
import { globals } from "./globals.ts";
import { nodeAdapter } from "./node/adapter.ts";

/** The adapter of the runtime that this realm runs on. */
export const adapter: Adapter = globals.Deno !== undefined
  ? denoAdapter
  : globals.Bun !== undefined
  ? bunAdapter
  : nodeAdapter;
