// The stream of one reader: server-sent events over a response that stays open. A reader that does
// not read is told less, never what is old: nothing is put into a response that is still full.

import type { ServerResponse } from "node:http";
import type { StreamEvents } from "./protocol.ts";

/** Type of the answer. */
export const STREAM_TYPE = "text/event-stream; charset=utf-8";

/** One reader. */
export class Stream {
  readonly #response: ServerResponse;
  #isFull = false;

  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response;
    response.writeHead(200, {
      ...headers,
      "content-type": STREAM_TYPE,
      connection: "close",
    });
    response.on("drain", () => this.#isFull = false);
    // Firefox says that the stream is open when something has come.
    response.write("retry: 250\n\n");
  }

  /** Tells something, unless the reader is behind. */
  send<Name extends keyof StreamEvents>(name: Name, json: string): void {
    if (this.#isFull || this.#response.writableEnded) return;
    this.#isFull = !this.#response.write(`event: ${name}\ndata: ${json}\n\n`);
  }

  close(): void {
    this.#response.end();
  }
}
