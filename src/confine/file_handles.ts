// The `FileHandle` of an isolated interpreter. The runtimes' own take the number of their
// file from a property that source can set, have a class that makes one of any number, and
// on Node a native object that ends the process if it is called in the wrong way.

import { builtin, process } from "../runtime/builtins.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, FinalizationRegistry, Object, Promise, Reflect, Symbol } = globalThis;
const { apply } = Reflect;
const nextTick = process.nextTick.bind(process);

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Functions = Record<string, AnyFunction>;

/** Opens files of this thread, and makes handles of them. */
export interface FileHandles {
  readonly open: (args: readonly unknown[]) => Promise<object>;
  /** The handle, if that is what the value is. */
  readonly handleOf: (value: unknown) => Functions | undefined;
}

const CLOSED = -1;

/**
 * Makes the class.
 *
 * @param fs The functions that use a descriptor, as they are before source runs.
 */
export function fileHandles(fs: Readonly<Record<string, unknown>>): FileHandles {
  const low = { ...fs } as Functions;
  const { EventEmitter } = builtin<typeof import("node:events")>("node:events");
  const unclosed = new FinalizationRegistry<number>((fd) =>
    void apply(low["close"]!, fs, [fd, ignore])
  );

  /** Calls a function with a callback, and resolves to what that gets. */
  const call = (name: string, args: readonly unknown[]): Promise<unknown[]> =>
    new Promise((resolve, reject) => {
      const all: unknown[] = [];
      let { length } = args;
      while (length > 0 && args[length - 1] === undefined) length--;
      for (let i = 0; i < length; i++) all[i] = args[i];
      all[length] = (error: unknown, ...results: unknown[]) => {
        if (error === null || error === undefined) resolve(results);
        else reject(error as Error);
      };
      apply(low[name]!, fs, all);
    });

  let is: (value: unknown) => boolean = () => false;

  class FileHandle extends EventEmitter {
    #fd: number;
    #closing: Promise<void> | undefined;

    constructor(key: unknown, fd: number) {
      super();
      if (key !== unclosed) throw new Error("Cannot make a FileHandle: use fs.promises.open");
      this.#fd = fd;
      unclosed.register(this, fd, this);
    }

    static {
      is = (value) => typeof value === "object" && value !== null && #fd in value;
    }

    get fd(): number {
      return this.#fd;
    }

    async read(...args: unknown[]): Promise<object> {
      const [bytesRead, buffer] = await this.#call("read", args);
      return { bytesRead, buffer };
    }

    async readv(...args: unknown[]): Promise<object> {
      const [bytesRead, buffers] = await this.#call("readv", args);
      return { bytesRead, buffers };
    }

    async write(...args: unknown[]): Promise<object> {
      const [bytesWritten, buffer] = await this.#call("write", args);
      return { bytesWritten, buffer };
    }

    async writev(...args: unknown[]): Promise<object> {
      const [bytesWritten, buffers] = await this.#call("writev", args);
      return { bytesWritten, buffers };
    }

    async readFile(options?: unknown): Promise<unknown> {
      return (await this.#call("readFile", [options]))[0];
    }

    async writeFile(data: unknown, options?: unknown): Promise<void> {
      const isStream = typeof data === "object" && data !== null &&
        (Symbol.asyncIterator in data || (Symbol.iterator in data && !("byteLength" in data)));
      if (!isStream) {
        await this.#call("writeFile", [data, options]);
        return;
      }
      for await (const piece of data as AsyncIterable<unknown>) {
        await this.#call("writeFile", [piece, options]);
      }
    }

    async appendFile(data: unknown, options?: unknown): Promise<void> {
      await this.writeFile(data, options);
    }

    async stat(options?: unknown): Promise<unknown> {
      return (await this.#call("fstat", [options]))[0];
    }

    async truncate(length?: unknown): Promise<void> {
      await this.#call("ftruncate", [length ?? 0]);
    }

    async chmod(mode: unknown): Promise<void> {
      await this.#call("fchmod", [mode]);
    }

    async chown(uid: unknown, gid: unknown): Promise<void> {
      await this.#call("fchown", [uid, gid]);
    }

    async utimes(accessed: unknown, modified: unknown): Promise<void> {
      await this.#call("futimes", [accessed, modified]);
    }

    async sync(): Promise<void> {
      await this.#call("fsync", []);
    }

    async datasync(): Promise<void> {
      await this.#call("fdatasync", []);
    }

    createReadStream(options?: object): unknown {
      return apply(low["createReadStream"]!, fs, [null, this.#forStream(options)]);
    }

    createWriteStream(options?: object): unknown {
      return apply(low["createWriteStream"]!, fs, [null, this.#forStream(options)]);
    }

    readLines(options?: object): unknown {
      const { createInterface } = builtin<typeof import("node:readline")>("node:readline");
      const input = this.createReadStream(options) as NodeJS.ReadableStream;
      return createInterface({ input, crlfDelay: Infinity });
    }

    readableWebStream(): unknown {
      const { Readable } = builtin<typeof import("node:stream")>("node:stream");
      return Readable.toWeb(this.createReadStream({ autoClose: false }) as never);
    }

    close(): Promise<void> {
      const fd = this.#fd;
      if (fd === CLOSED) return this.#closing ?? Promise.resolve();
      this.#fd = CLOSED;
      unclosed.unregister(this);
      return this.#closing = call("close", [fd]).then(() => void this.emit("close"));
    }

    async [Symbol.asyncDispose](): Promise<void> {
      await this.close();
    }

    async #call(name: string, args: readonly unknown[]): Promise<unknown[]> {
      if (this.#fd !== CLOSED) return await call(name, [this.#fd, ...args]);
      const error = new Error("EBADF: bad file descriptor: the FileHandle is closed");
      throw Object.assign(error, { code: "EBADF", syscall: name });
    }

    /** A stream closes its file by closing the handle. */
    #forStream(options: object | undefined): object {
      const close = (_fd: unknown, done: (error?: unknown) => void) => {
        void this.close().then(() => nextTick(done, null), (error) => nextTick(done, error));
      };
      const { open, read, write, writev } = low;
      return { ...options, fd: this.#fd, fs: { open, read, write, writev, close } };
    }
  }
  return {
    open: async (args) => {
      const [fd] = await call("open", args);
      return new FileHandle(unclosed, fd as number);
    },
    handleOf: (value) => is(value) ? value as unknown as Functions : undefined,
  };
}

/** Nobody waits for a file to close that nobody has any more. */
function ignore(): void {}
