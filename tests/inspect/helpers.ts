// What the tests of the live view have in common: requests with headers that `fetch` does not let
// anybody set, and the stream of events.

import { request } from "node:http";
import type { TestContext } from "node:test";
import {
  type LiveView,
  serve,
  type ServeOptions,
  type StreamEvents,
} from "subinterpreters/inspect";

/** A live view for the length of a test. */
export async function serving(t: TestContext, options?: ServeOptions): Promise<LiveView> {
  const view = await serve(options);
  t.after(() => view.close());
  return view;
}

/** The address of a path of the view, with its token or another. */
export function pathOf({ url }: LiveView, path: string, token?: string): URL {
  const address = new URL(url);
  address.pathname = path;
  if (token !== undefined) address.searchParams.set("token", token);
  return address;
}

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Asks for something. */
export function ask(
  url: URL,
  { method = "GET", headers = {} }: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers: { ...headers }, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => text += part);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    asking.on("error", reject).end();
  });
}

/** A message of the stream. */
export type Message = {
  [Name in keyof StreamEvents]: { readonly event: Name; readonly data: StreamEvents[Name] };
}[keyof StreamEvents];

/** The messages of the stream, until whoever reads them leaves; it is opened again if it ends. */
export async function* events(view: LiveView): AsyncGenerator<Message> {
  const leave = new AbortController();
  try {
    while (true) {
      const { body } = await fetch(pathOf(view, "/events"), { signal: leave.signal });
      if (body === null) return;
      yield* messagesOf(body as unknown as AsyncIterable<Uint8Array>);
    }
  } finally {
    leave.abort();
  }
}

async function* messagesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Message> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true });
    const parts = text.split("\n\n");
    text = parts.pop() ?? "";
    for (const part of parts) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
      if (event === undefined || data === undefined) continue;
      yield { event, data: JSON.parse(data) } as Message;
    }
  }
}

/** The first message of the stream that fits. */
export async function firstOf<Found>(
  view: LiveView,
  find: (message: Message) => Found | undefined,
): Promise<Found> {
  for await (const message of events(view)) {
    const found = find(message);
    if (found !== undefined) return found;
  }
  throw new Error("The stream has ended");
}
