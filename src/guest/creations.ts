// What interpreters that this one created call back: the sinks for their output, and the
// functions that they were given (calls_in.ts). Both are found by the number of the creation.

import type { CreatorCallbacks, OutputSink } from "../api/create_options.ts";
import { UnsupportedError } from "../errors.ts";
import { SafeMap } from "../primordials.ts";
import type { OutputFrame, OutputStream } from "../protocol/frames.ts";
import type { IncomingCalls } from "./calls_in.ts";
import type { Wire } from "./wire.ts";

type Sinks = Partial<Record<OutputStream, OutputSink | undefined>>;

/** What is kept for the interpreters that this one created. */
export class Creations {
  readonly #wire: Wire;
  readonly #calls: IncomingCalls;
  readonly #sinks = new SafeMap<number, Sinks>();
  #last = 0;

  constructor(wire: Wire, calls: IncomingCalls) {
    this.#wire = wire;
    this.#calls = calls;
    wire.onOutput((frame) => this.#onOutput(frame));
  }

  /** Keeps what a new interpreter may call back; the number is what its frames name. */
  open({ stdin, stdout, stderr, functions }: CreatorCallbacks): number {
    if (stdin !== undefined) {
      throw new UnsupportedError(
        "Cannot create an interpreter: stdin cannot be a stream inside an interpreter; hand over text, or create it in the main interpreter",
      );
    }
    const creation = ++this.#last;
    if (stdout !== undefined || stderr !== undefined) {
      this.#sinks.set(creation, { stdout, stderr });
    }
    this.#calls.add(creation, functions);
    return creation;
  }

  /** Forgets it: nothing was created. */
  forget(creation: number): void {
    this.#sinks.delete(creation);
    this.#calls.remove(creation);
  }

  #onOutput({ creation, stream, text }: OutputFrame): void {
    const sinks = this.#sinks.get(creation);
    const sink = sinks?.[stream];
    if (text === null) {
      sink?.end();
      if (sinks !== undefined) sinks[stream] = undefined;
      if (sinks?.stdout === undefined && sinks?.stderr === undefined) this.#sinks.delete(creation);
      return;
    }
    const taken = () => this.#wire.post({ type: "taken", creation, stream });
    const full = sink?.write(text);
    if (full === undefined) taken();
    else void full.then(taken);
  }
}
