// The options of `serve`, and their check.

import { checkBoolean, checkKeys, show } from "../api/checks.ts";

const WHAT = "Cannot serve the live view";
/** The addresses that this machine alone reaches. */
const HOSTS = ["127.0.0.1", "::1", "localhost"];

/** Options of `serve`. */
export interface ServeOptions {
  /** The port, from 1 to 65535; 0 is any that is free. @default 0 */
  readonly port?: number;
  /**
   * The address to listen on: `"127.0.0.1"`, `"::1"` or `"localhost"`. There is no other, because
   * whoever reads the page sees parts of source and of what errors say. @default "127.0.0.1"
   */
  readonly host?: string;
  /** Whether the process stays alive until `close()` is called. @default false */
  readonly keepAlive?: boolean;
}

/** The options, checked. */
export function checkServeOptions(options: ServeOptions): Required<ServeOptions> {
  checkKeys(WHAT, options, ["port", "host", "keepAlive"]);
  const { port = 0, host = "127.0.0.1" } = options;
  if (typeof port !== "number") {
    throw new TypeError(`${WHAT}: port must be a number, received ${show(port)}`);
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`${WHAT}: port must be an integer from 0 to 65535, received ${port}`);
  }
  if (typeof host !== "string") {
    throw new TypeError(`${WHAT}: host must be a string, received ${show(host)}`);
  }
  if (!HOSTS.includes(host)) {
    throw new RangeError(
      `${WHAT}: host must be one of ${HOSTS.join(", ")}, received ${
        show(host)
      }; from another machine, forward the port`,
    );
  }
  return { port, host, keepAlive: checkBoolean(`${WHAT}: keepAlive`, options.keepAlive, false) };
}
