// The server of the live view, on this machine's own address. It answers `GET /`, the page;
// `GET /snapshot`, JSON; and `GET /events`, the stream; to nobody but who has the token.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { InterpreterError } from "../errors.ts";
import { unref } from "../runtime/timers.ts";
import { Broadcast, type Watched } from "./broadcast.ts";
import { headersFor, isLocal, isSame, makeToken } from "./gate.ts";
import type { ServeOptions } from "./options.ts";
import { pageWith } from "./page/page.ts";
import { Stream, STREAM_TYPE } from "./stream.ts";

/**
 * On Bun 1.4 an answer that is not finished keeps the process alive, whatever is unreferenced
 * (measured). So a stream ends after this time there, and its reader comes back: in between the
 * process can end.
 */
const LONGEST_OPEN_MS = 2_000;
/** More readers of the stream than this are turned away. */
const MOST_STREAMS = 16;

/** A server that listens. */
export class LiveViewServer {
  readonly broadcast: Broadcast;
  readonly #watched: Watched;
  readonly #token = makeToken();
  readonly #server: Server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy());
  });
  readonly #keepsAlive: boolean;
  /** Whether streams stay open as long as their readers like. */
  readonly #keepsOpen: boolean;
  #closing: Promise<void> | undefined;

  constructor(watched: Watched, keepsAlive: boolean) {
    this.#watched = watched;
    this.broadcast = new Broadcast(watched);
    this.#keepsAlive = keepsAlive;
    this.#keepsOpen = keepsAlive || watched.host.runtime !== "Bun";
    // A server alone keeps the process alive, and so does each of its connections.
    if (!keepsAlive) this.#server.on("connection", (socket) => unref(socket));
  }

  get port(): number {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
    return (this.#server.address() as AddressInfo).port;
  }

  /** The address of a path, with the token. */
  urlOf(host: string): string {
    const name = host.includes(":") ? `[${host}]` : host;
    return `http://${name}:${this.port}/?token=${this.#token}`;
  }

  /** Resolves when it listens. */
  listen({ port, host }: Required<ServeOptions>): Promise<void> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once("error", (cause: NodeJS.ErrnoException) => reject(cannotListen(port, cause)));
      server.listen(port, host, () => {
        server.removeAllListeners("error");
        // What goes wrong with a connection is its reader's to see.
        server.on("error", () => {});
        if (!this.#keepsAlive) server.unref();
        resolve();
      });
    });
  }

  /** Ends all connections; resolves when the port is free. */
  close(): Promise<void> {
    return this.#closing ??= new Promise((resolve) => {
      this.broadcast.close();
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const nonce = makeToken();
    const headers = headersFor(nonce);
    const refuse = (status: number, text: string) => {
      response.writeHead(status, { ...headers, "content-type": "text/plain; charset=utf-8" });
      response.end(`${text}\n`);
    };
    if (!isLocal(request.headers.host, this.port)) {
      return refuse(403, "The Host header must name this machine, as the printed address does");
    }
    const { pathname, searchParams } = new URL(`http://localhost${request.url}`);
    if (!isSame(searchParams.get("token"), this.#token)) {
      return refuse(403, "The token is missing or wrong: open the whole address that was printed");
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return refuse(405, "There is nothing but GET here");
    }
    switch (pathname) {
      case "/":
        response.writeHead(200, { ...headers, "content-type": "text/html; charset=utf-8" });
        response.end(pageWith(nonce));
        return;
      case "/snapshot": {
        const json = JSON.stringify(await this.#watched.snapshots.take());
        response.writeHead(200, { ...headers, "content-type": "application/json" });
        response.end(json);
        return;
      }
      case "/events":
        if (this.broadcast.size >= MOST_STREAMS) return refuse(503, "There are too many readers");
        // Whoever asks for the head alone reads no stream, and takes no place of one.
        if (request.method === "HEAD") {
          response.writeHead(200, { ...headers, "content-type": STREAM_TYPE }).end();
          return;
        }
        return this.#stream(response, headers);
      default:
        return refuse(404, "There is /, /snapshot and /events");
    }
  }

  #stream(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
    const stream = new Stream(response, headers);
    this.broadcast.add(stream);
    const timer = this.#keepsOpen ? undefined : setTimeout(() => stream.close(), LONGEST_OPEN_MS);
    unref(timer);
    response.on("close", () => {
      clearTimeout(timer);
      this.broadcast.remove(stream);
    });
  }
}

function cannotListen(port: number, cause: NodeJS.ErrnoException): InterpreterError {
  const what = `Cannot serve the live view on port ${port}`;
  const why = cause.code === "EADDRINUSE"
    ? "it is in use; choose another, or 0 for any that is free"
    : cause.message;
  return new InterpreterError(`${what}: ${why}`, { cause });
}
