// What the attempts of containment/guarantees.ts are made of: an interpreter to make them in,
// something to make them at, and what was seen.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  create,
  type CreateOptions,
  type Interpreter,
  InterpreterTerminatedError,
  RunFailedError,
  UnsupportedError,
} from "subinterpreters";
import type { Observation } from "./enforcement_table.ts";
import { sharing } from "./interpreter.ts";

/** One row. */
export interface Guarantee {
  /** Heading of its table. */
  readonly section: string;
  readonly guarantee: string;
  readonly observe: () => Promise<Observation>;
}

type Use = (interpreter: Interpreter) => Promise<Observation>;

/** Uses an interpreter with these options; a refusal of the options is an observation too. */
export function within(options: CreateOptions, use: Use): Promise<Observation> {
  return refusedOr(async () => {
    await using interpreter = await create(options);
    return await use(interpreter);
  });
}

/** For rows whose attempts leave the interpreter as it was. */
const shared = { plain: sharing(), sandbox: sharing({ permissions: "none" }) };

export function withinShared(kind: "plain" | "sandbox", use: Use): Promise<Observation> {
  return refusedOr(async () => await use(await shared[kind]()));
}

async function refusedOr(observe: () => Promise<Observation>): Promise<Observation> {
  try {
    return await observe();
  } catch (error) {
    if (error instanceof UnsupportedError) return "refused";
    throw error;
  }
}

/** What a run that should end for that reason did. */
export async function endsFor(
  reason: string,
  run: Promise<unknown>,
): Promise<Observation> {
  try {
    await run;
    return "not enforced";
  } catch (error) {
    if (error instanceof InterpreterTerminatedError && error.reason === reason) return "enforced";
    throw error;
  }
}

const REFUSALS =
  /NotCapable|PermissionDenied|ERR_ACCESS_DENIED|requires? \w+ access|is isolated|is sandboxed|ERR_DLOPEN_DISABLED|ERR_WORKER_UNSUPPORTED|API has been restricted|addons is disabled/i;

/** What a run that should be refused inside did. */
export async function isRefused(run: Promise<unknown>): Promise<Observation> {
  try {
    await run;
    return "not enforced";
  } catch (error) {
    if (!(error instanceof RunFailedError)) throw error;
    const { name, message, stack = "" } = error.excinfo;
    if (REFUSALS.test(`${name}: ${message}\n${stack}`)) return "enforced";
    throw error;
  }
}

/** Calls with the URL of a server on this machine that serves an empty module. */
export async function withServer<T>(use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/javascript", connection: "close" });
    response.end("export const reached = true;");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

/** Calls with the path of a folder that goes again, with a file `secret.txt` in it. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "subinterpreters-guarantee-"));
  writeFileSync(join(folder, "secret.txt"), "secret");
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
