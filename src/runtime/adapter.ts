// What the host needs of a runtime, and all that it may know of one. An adapter has nothing but what
// differs between runtimes: how a thread is started, how it is really stopped, and how its end is
// noticed.

import type { Boot, ThreadBoot } from "../protocol/frames.ts";
import type { ThreadPermissions } from "../protocol/options.ts";

/** One end of the wire between host and guest. */
export interface Port {
  /**
   * Sends a frame. Never waits, and does not throw if the other end is gone.
   *
   * @param moved Buffers in it that move instead of being copied. Absent: none.
   */
  post(frame: unknown, moved?: readonly ArrayBuffer[]): void;
  /** Takes the next frame that has arrived, without the event loop; `undefined` if there is none. */
  take(): { readonly frame: unknown } | undefined;
  /** Calls the listener for each frame from now on. A port alone must not keep the process alive. */
  listen(listener: (frame: unknown) => void): void;
  /** Ends the wire. */
  close(): void;
}

/** Why a thread ended by itself; `error` is what it could not handle, if anything. */
export interface ThreadEnd {
  readonly error?: unknown;
  /** It needed more memory than it may have. */
  readonly isOutOfMemory?: boolean;
}

/** What a thread may use of the machine; `undefined` is the runtime's own limit. */
export interface ThreadLimits {
  /** MiB of heap for what lives long. */
  readonly memoryMiB: number | undefined;
  readonly stackMiB: number | undefined;
}

/** What a thread uses; `null` where the runtime does not tell. */
export interface ThreadUsage {
  /** Bytes that its heap holds. */
  readonly heapUsed: number | null;
  /** Bytes that its heap has. */
  readonly heapTotal: number | null;
  /** Milliseconds of processors since it began. */
  readonly cpuTime: number | null;
}

/** One running thread. */
export interface Thread {
  readonly port: Port;
  /**
   * Kills the thread, infinite loops included, and resolves when it executes no
   * further instruction. Must work while the thread boots, and more than once.
   */
  terminate(): Promise<void>;
  /** Asks what it uses; absent where that is not known. A busy thread answers late, or never. */
  readonly usage?: () => Promise<ThreadUsage>;
}

/** What an adapter is given to start a thread. */
export interface SpawnOptions {
  /** First file of the thread; its extension is that of the file that asks. */
  readonly entry: URL;
  readonly name: string;
  /** Handed to the entry as it is. */
  readonly boot: Boot | ThreadBoot;
  /** Only limits that the capabilities have are set. */
  readonly limits: ThreadLimits;
  /** Permissions that `enforce` has accepted. */
  readonly permissions: "inherit" | ThreadPermissions;
  /** Called at most once, when the thread ends without `terminate()`. */
  readonly onEnd: (end: ThreadEnd) => void;
}

/** What a runtime can enforce. */
export interface Capabilities {
  /** A worker's heap can be limited, and running out of it ends that worker alone. */
  readonly memoryLimit: boolean;
  /** A worker's stack can be limited, and running out of it is an error inside. */
  readonly stackLimit: boolean;
  /** How many threads of each set of permissions are always kept warm, because starting one takes long. */
  readonly sandboxSpares: number;
  /** A thread stops at any instruction, also while it loads. */
  readonly killsAnywhere: boolean;
  /** The process's exit waits until every thread has ended. */
  readonly exitWaitsForThreads: boolean;
}

/** One runtime. */
export interface Adapter {
  readonly runtime: "Deno" | "Bun" | "Node";
  readonly capabilities: Capabilities;
  /**
   * Makes sure that threads can be held to these permissions.
   *
   * @throws {UnsupportedError} They cannot; says what would help.
   * @throws {InterpreterError} The process has not all of them itself.
   * @throws {TypeError} They are not what the runtime takes.
   */
  enforce(permissions: ThreadPermissions): void;
  /**
   * Whether the process has lost some of these permissions since threads were started with them,
   * on runtimes where a process can lose them. Those threads still have them.
   */
  hasLost?(permissions: ThreadPermissions): boolean;
  /**
   * Starts a thread, and hands `boot` and a port to its entry. Returns at once: the thread boots by
   * itself, also while the caller blocks. The thread does not keep the process alive.
   */
  spawn(options: SpawnOptions): Thread;
}
