// The `FileHandle` of an isolated interpreter. The runtimes' own handles take the number of their
// file from a property that source can set. Their class makes a handle of any number. And on Node a
// handle has a native object that ends the process if it is called in the wrong way.

import { builtin, process } from "../runtime/builtins.ts";
import { methodOf } from "../runtime/guard.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, FinalizationRegistry, Object, Promise, Reflect, Symbol } = globalThis;
const { apply } = Reflect;
const nextTick = process.nextTick.bind(process);

/** A handle, as the functions of `node:fs` use it. */
export interface OwnHandle {
  /** Calls a method. */
  use(name: string, args: readonly unknown[]): unknown;
}

/** Opens files of this thread, and makes handles of them. */
export interface FileHandles {
  readonly open: (args: readonly unknown[]) => Promise<object>;
  /** The handle, if that is what the value is. */
  readonly handleOf: (value: unknown) => OwnHandle | undefined;
}

const CLOSED = -1;

/**
 * Makes the class of handles.
 *
 * @param fs The functions that use a descriptor, as they are before source runs.
 */
export function fileHandles(fs: object): FileHandles {
  const low = { ...fs };
  const { EventEmitter } = builtin<typeof import("node:events")>("node:events");
  const unclosed = new FinalizationRegistry<number>((fd) =>
    void apply(methodOf(low, "close"), fs, [fd, ignore])
  );

  /** Calls a function with a callback, and resolves to what that gets. */
  const call = (name: string, args: readonly unknown[]): Promise<unknown[]> =>
    new Promise((resolve, reject: (error: unknown) => void) => {
      const all: unknown[] = [];
      let { length } = args;
      while (length > 0 && args[length - 1] === undefined) length--;
      for (let i = 0; i < length; i++) all[i] = args[i];
      all[length] = (error: unknown, ...results: unknown[]) => {
        if (error === null || error === undefined) resolve(results);
        else reject(error);
      };
      apply(methodOf(low, name), fs, all);
    });

  let is: (value: unknown) => value is FileHandle = isNone;

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
      is = (value): value is FileHandle =>
        typeof value === "object" && value !== null && #fd in value;
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
      if (!isStream(data)) {
        await this.#call("writeFile", [data, options]);
        return;
      }
      for await (const piece of data) {
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
      return apply(methodOf(low, "createReadStream"), fs, [null, this.#forStream(options)]);
    }

    createWriteStream(options?: object): unknown {
      return apply(methodOf(low, "createWriteStream"), fs, [null, this.#forStream(options)]);
    }

    readLines(options?: object): unknown {
      const { createInterface } = builtin<LineReader>("node:readline");
      const input = this.createReadStream(options);
      return createInterface({ input, crlfDelay: Infinity });
    }

    readableWebStream(): unknown {
      const { Readable } = builtin<WebStreams>("node:stream");
      return Readable.toWeb(this.createReadStream({ autoClose: false }));
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

    /** The options of a stream, which closes its file by closing the handle. */
    #forStream(options: object | undefined): object {
      const close = (_fd: unknown, done: (error?: unknown) => void) => {
        void this.close().then(() => nextTick(done, null), (error) => nextTick(done, error));
      };
      const { open, read, write, writev }: Readonly<Record<string, unknown>> = low;
      return { ...options, fd: this.#fd, fs: { open, read, write, writev, close } };
    }
  }
  return {
    open: async (args) => {
      const [fd] = await call("open", args);
      if (typeof fd !== "number") throw new Error("Invariant: an open file has a number");
      return new FileHandle(unclosed, fd);
    },
    handleOf: (value) => {
      if (!is(value)) return undefined;
      return { use: (name, args) => apply(methodOf(value, name), value, args) };
    },
  };
}

interface LineReader {
  readonly createInterface: (options: object) => unknown;
}

interface WebStreams {
  readonly Readable: { toWeb(stream: unknown): unknown };
}

function isNone(_value: unknown): _value is never {
  return false;
}

/** Whether it gives what is to be written piece by piece. */
function isStream(data: unknown): data is AsyncIterable<unknown> | Iterable<unknown> {
  return typeof data === "object" && data !== null &&
    (Symbol.asyncIterator in data || (Symbol.iterator in data && !("byteLength" in data)));
}

/** For the end of a file that is closed because nobody has its handle any more. */
function ignore(): void {}
