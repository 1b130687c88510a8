// Where output of source goes, and what a file descriptor, a path or a URL means, if it
// is standard output or error.

// Taken now: source may declare names of its own that hide these.
const { Object, String, URL } = globalThis;

/** Takes the next bytes or text of one stream. */
export type Writer = (chunk: string | Uint8Array) => void;
/** Writers of standard output and error; the runtime's own way where there is none. */
export interface Writers {
  readonly stdout: Writer | undefined;
  readonly stderr: Writer | undefined;
}

const PATH = /^(?:file:\/\/)?\/(?:dev\/std(out|err)|(?:dev|proc\/self)\/fd\/([12]))$/;

/** The stream that the target is; `undefined` for everything else. */
export function streamOf(target: unknown): "stdout" | "stderr" | undefined {
  if (target === 1) return "stdout";
  if (target === 2) return "stderr";
  if (typeof target !== "string" && !(target instanceof URL)) return undefined;
  const match = PATH.exec(String(target));
  if (match === null) return undefined;
  return match[1] === "out" || match[2] === "1" ? "stdout" : "stderr";
}

/** Replaces properties. */
export function define(target: object, properties: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(properties)) {
    // Bun's own are writable and not configurable.
    const isFixed = Object.getOwnPropertyDescriptor(target, key)?.configurable === false;
    Object.defineProperty(
      target,
      key,
      isFixed ? { value } : { value, writable: true, configurable: true },
    );
  }
}
