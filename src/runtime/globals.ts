// The few globals of the runtimes that this module uses, in minimal shapes of
// its own: published types must not drag in @types/bun or Deno's. One cast here
// is the only place where a global is believed to have a shape.

/** Web Locks, as far as the Deno adapter needs them. */
interface LockManager {
  request(name: string, callback: () => Promise<void>): Promise<void>;
}

/** What locks of the whole process can be asked. */
export interface LockManagerPrototype {
  readonly request: (this: unknown, ...args: unknown[]) => Promise<unknown>;
}

/** Bun's web `Worker`: event target, and `unref`. */
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

/** What may stand on `globalThis`. */
interface RuntimeGlobals {
  readonly Deno?: {
    readonly version: { readonly deno: string };
    readonly mainModule?: string;
    exit(code?: number): never;
    readonly env: { get(key: string): string | undefined; toObject(): Record<string, string> };
    readonly internal?: symbol;
    readonly permissions: {
      querySync(permission: Readonly<Record<string, string | undefined>>): {
        readonly state: string;
      };
    };
    readonly stdin: { close(): void; isTerminal(): boolean };
    readonly stdout: { isTerminal(): boolean };
    readonly stderr: { isTerminal(): boolean };
  };
  readonly Bun?: {
    readonly version: string;
    readonly main: string;
    readonly argv: string[];
    /** Collects garbage: now, or when it suits. */
    gc(this: void, now: boolean): void;
  };
  readonly navigator?: { readonly locks?: LockManager };
  readonly LockManager?: { readonly prototype: LockManagerPrototype };
  readonly Worker?: {
    new (url: string, options: Readonly<Record<string, unknown>>): WebWorker;
    readonly prototype: WebWorker;
  };
}

/** `globalThis`, seen through the shapes above. */
export const globals: RuntimeGlobals = globalThis as unknown as RuntimeGlobals;
