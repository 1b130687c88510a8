/**
 * Shows what the interpreters of this process do: as plain data, and as a page that is live.
 *
 * What has happened is recorded from the import of this module on: import it before interpreters
 * are created.
 *
 * @module
 */

import { inspection } from "../door.js";
import { InterpreterError } from "../errors.ts";
import { checkServeOptions, type ServeOptions } from "./options.ts";
import type { Snapshot } from "./protocol.ts";
import { Recorder } from "./recorder.ts";
import { LiveViewServer } from "./server.ts";
import { Snapshots } from "./snapshots.ts";
import type { Watched } from "./broadcast.ts";

export type { Durations, PoolStats } from "../api/pool/options.ts";
export type { RunOutcome } from "../host/diagnostics.ts";
export type { ServeOptions } from "./options.ts";
export type {
  ActorEvent,
  ActorName,
  ActorSnapshot,
  ChannelView,
  EndedView,
  InterpreterView,
  PoolView,
  ProcessView,
  RunView,
  Snapshot,
  StreamEvents,
} from "./protocol.ts";

const watched: Watched | undefined = watch();

function watch(): Watched | undefined {
  if (inspection === undefined) return undefined;
  const recorder = new Recorder();
  return { host: inspection, recorder, snapshots: new Snapshots(inspection, recorder) };
}

function watchedOr(what: string): Watched {
  if (watched !== undefined) return watched;
  throw new InterpreterError(`${what}: an interpreter cannot look at the process; the program can`);
}

/**
 * Takes a snapshot of the interpreters, channels, queues and pools of this process, and of the last
 * runs. It is plain data, which `JSON.stringify` takes.
 *
 * It resolves within about a tenth of a second. What an interpreter uses it must tell itself; of one
 * that is busy the snapshot has what it told last. Figures that the runtime does not know are
 * `null`, and so are rates at the first snapshot.
 *
 * @returns The snapshot.
 * @throws {InterpreterError} Inside an interpreter.
 *
 * @example What runs now
 * ```ts
 * import { create } from "subinterpreters";
 * import { snapshot } from "subinterpreters/inspect";
 * import assert from "node:assert/strict";
 *
 * await using interpreter = await create({ name: "counter" });
 * const running = interpreter.run("await new Promise((done) => setTimeout(done, 500))");
 * const { interpreters } = await snapshot();
 * const counter = interpreters.find(({ name }) => name === "counter");
 * assert.equal(counter?.state, "running");
 * assert.match(counter.run?.excerpt ?? "", /^await new Promise/);
 * await running;
 * ```
 */
export async function snapshot(): Promise<Snapshot> {
  return await watchedOr("Cannot take a snapshot").snapshots.take();
}

/** A live view that is served. */
export interface LiveView {
  /** The address of the page, with its token: whoever has it can read the page. */
  readonly url: string;
  /** The port. */
  readonly port: number;
  /**
   * Takes XState's inspection events, so that the page shows machines of the program's, too:
   * `createActor(machine, { inspect: view.inspect })`.
   */
  readonly inspect: (event: object) => void;
  /** Ends the server and all its connections. Resolves when the port is free; again if asked again. */
  readonly close: () => Promise<void>;
  /** As `close`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/**
 * Serves a page that shows what the interpreters of this process do, live. Only this machine reaches
 * it, and only whoever has its address, which has a token in it.
 *
 * It resolves when the page can be opened. The page does not keep the process alive, unless
 * `keepAlive` says so.
 *
 * @param options The port and the address.
 * @returns The live view.
 * @throws {TypeError} An option has the wrong type, or there is no option of that name.
 * @throws {RangeError} `port` is no port, or `host` is not an address of this machine alone.
 * @throws {InterpreterError} The port is in use or may not be used, or this is an interpreter.
 *
 * @example Look at a process
 * ```ts
 * import { serve } from "subinterpreters/inspect";
 * import assert from "node:assert/strict";
 *
 * await using view = await serve();
 * assert.match(view.url, /^http:\/\/127\.0\.0\.1:\d+\/\?token=/);
 * const { status } = await fetch(view.url);
 * assert.equal(status, 200);
 * ```
 */
export async function serve(options: ServeOptions = {}): Promise<LiveView> {
  const checked = checkServeOptions(options);
  const server = new LiveViewServer(watchedOr("Cannot serve the live view"), checked.keepAlive);
  await server.listen(checked);
  const close = () => server.close();
  return {
    url: server.urlOf(checked.host),
    port: server.port,
    inspect: (event) => server.broadcast.inspect(event),
    close,
    [Symbol.asyncDispose]: close,
  };
}
