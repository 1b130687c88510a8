// The stage of effect-pipeline.ts that runs in interpreters: a stream from one channel into another.

import * as Effect from "effect/Effect";
import * as Stream from "effect/Stream";
import type { RecvChannel, SendChannel } from "subinterpreters";
import { Channel, Tracing } from "subinterpreters/effect";

/** A file that is to be read. */
export interface File {
  readonly name: string;
  readonly text: string;
}

/** How often each word is in one file. */
export type Counts = ReadonlyMap<string, number>;

const count = ({ name, text }: File) =>
  Effect.sync(() => {
    const found = new Map<string, number>();
    for (const [word] of text.matchAll(/[\p{L}_$]{2,}/gu)) {
      found.set(word, (found.get(word) ?? 0) + 1);
    }
    return found;
  }).pipe(Effect.withSpan("count words", { attributes: { "file.name": name } }));

/** Counts the words of files until there are no more. */
export function countWords(files: RecvChannel<File>, counts: SendChannel<Counts>): Promise<void> {
  const stage = Channel.stream(files).pipe(
    Stream.mapEffect(count),
    Stream.run(Channel.sink(counts)),
  );
  // The spans in here belong to the run, and go where the program outside exports its own.
  return Effect.runPromise(Effect.provide(stage, Tracing.layer));
}
