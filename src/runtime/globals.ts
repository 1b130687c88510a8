// The few globals of the runtimes that this module uses, in minimal shapes of its own: published
// types must not drag in @types/bun or Deno's. The one cast at the end is the only place where a
// global is believed to have a shape.

/** Web Locks, as far as the Deno adapter needs them. */
interface LockManager {
  request(name: string, callback: () => Promise<void>): Promise<void>;
}

/** What locks of the whole process can be asked. */
export interface LockManagerPrototype {
  readonly request: (this: unknown, ...args: unknown[]) => Promise<unknown>;
}

/** A web `Worker`; `unref` is Bun's. */
export interface WebWorker {
  postMessage(message: unknown, transfer: readonly object[]): void;
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
  terminate(): void;
  unref(): void;
}

/** The fields of worker events that are read. */
export interface WorkerEvent {
  readonly data?: unknown;
  readonly error?: unknown;
  readonly message?: string;
  preventDefault(): void;
}

/** A standard stream of Deno's. */
export interface DenoStream {
  close(): void;
  isTerminal(): boolean;
}

/** `Deno`. */
export interface DenoNamespace {
  readonly version: { readonly deno: string };
  readonly mainModule?: string;
  exit(code?: number): never;
  readonly env: { get(key: string): string | undefined; toObject(): Record<string, string> };
  /** Under this symbol Deno keeps its insides. */
  readonly internal?: symbol;
  readonly permissions: {
    querySync(permission: Readonly<Record<string, string | undefined>>): {
      readonly state: string;
    };
    /** Asks the user, if there is a terminal. */
    requestSync(permission: Readonly<Record<string, string | undefined>>): {
      readonly state: string;
    };
  };
  readTextFileSync(url: URL): string;
  readonly stdin: DenoStream;
  readonly stdout: DenoStream;
  readonly stderr: DenoStream;
}

/** `Bun.inspect`. */
export interface BunInspect {
  (value: unknown, options: object): string;
  table(data: object, columns: readonly string[] | undefined, options: object): string;
}

/** `Bun`. */
export interface BunNamespace {
  readonly version: string;
  readonly main: string;
  readonly argv: string[];
  /** Collects garbage: now, or when it suits. */
  gc(this: void, now: boolean): void;
  readonly inspect: BunInspect;
  readonly password: object;
  readonly file: (this: unknown, ...args: unknown[]) => object;
  readonly write: (this: unknown, ...args: unknown[]) => unknown;
  readonly serve: (this: unknown, ...args: unknown[]) => unknown;
}

/** Makes an event of a class that has its fields from `init`. */
type MakeEvent = new (type: string, init: object) => Event;

/** What may stand on `globalThis`. */
interface RuntimeGlobals {
  readonly Deno?: DenoNamespace;
  readonly Bun?: BunNamespace;
  readonly navigator?: { readonly locks?: LockManager };
  readonly LockManager?: { readonly prototype: LockManagerPrototype };
  readonly Worker?: {
    new (url: string, options: Readonly<Record<string, unknown>>): WebWorker;
    readonly prototype: WebWorker;
  };
  /** Ends a worker of Deno's. */
  readonly close?: () => void;
  /** Raises the event `error`; Node has none. */
  readonly reportError?: (error: unknown) => void;
  /** What this thread was posted; on Bun, and in web workers of Deno's. */
  onmessage?: ((event: { readonly data?: unknown }) => void) | null;
  /** Posts to whoever started this thread; where there is `onmessage`. */
  readonly postMessage?: (message: unknown) => void;
  /** Node has no events of the global, and Bun none for promises. */
  readonly addEventListener?: (type: string, listener: (event: StrayEvent) => void) => void;
  readonly dispatchEvent?: (event: Event) => boolean;
  readonly ErrorEvent?: MakeEvent;
  readonly PromiseRejectionEvent?: MakeEvent;
}

/** An event about an error that nobody caught. */
export interface StrayEvent extends Event {
  readonly error?: unknown;
  readonly reason?: unknown;
  readonly promise?: unknown;
  readonly message?: string;
  readonly filename?: string;
  readonly lineno?: number;
  readonly colno?: number;
}

/** `globalThis`, seen through the shapes above. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no types of all runtimes together
export const globals: RuntimeGlobals = globalThis as unknown as RuntimeGlobals;
