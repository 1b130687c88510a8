// Output and input of a guest. Output to the process's own streams is written before the call
// returns, so that what a run printed is out, in order, when its promise resolves. Output that
// the host wants goes to it as text, in frames that come before the frame that ends the run.

import { pause } from "../channel/wake/doorbell.ts";
import { OUTPUT_LENGTH } from "../protocol/check.ts";
import type { Boot, OutputStream } from "../protocol/frames.ts";
import type { Input } from "../stdio/standard_input.ts";
import type { Writer } from "../stdio/target.ts";
import { replaceReaders } from "../stdio/readers.ts";
import { replaceStreams, writeDescriptor } from "../stdio/streams.ts";
import { replaceWriters } from "../stdio/writers.ts";
import type { Wire } from "./wire.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, TextDecoder, TextEncoder } = globalThis;

const WAIT_MS = 1;
const encoder = new TextEncoder();

/** Sends this thread's output where it should go, and lets it read its input. */
export function routeStreams(output: Boot["output"], stdin: Input, post: Wire["post"]): void {
  const direct = { stdout: directWriter(1), stderr: directWriter(2) };
  const writerOf = (stream: OutputStream) => {
    const route = output[stream];
    if (route === "direct") return undefined;
    return route === "drop" ? () => {} : hostWriter(stream, post);
  };
  const writers = { stdout: writerOf("stdout"), stderr: writerOf("stderr") };
  replaceStreams({
    stdin,
    stdout: writers.stdout ?? direct.stdout,
    stderr: writers.stderr ?? direct.stderr,
    direct: (["stdout", "stderr"] as const).filter((name) => writers[name] === undefined),
  });
  replaceReaders(stdin, writers, direct);
  if (writers.stdout !== undefined || writers.stderr !== undefined) replaceWriters(writers, direct);
}

function directWriter(descriptor: number): Writer {
  return (chunk) => writeFully(descriptor, chunk);
}

/** Sends text to the host; bytes may be cut in the middle of a character. */
function hostWriter(stream: OutputStream, post: Wire["post"]): Writer {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return (chunk) => {
    const isText = typeof chunk === "string";
    // A character that bytes began and text does not finish stays a broken one.
    let text = isText ? decoder.decode() + chunk : decoder.decode(chunk, { stream: true });
    while (text !== "") {
      const length = pieceLength(text);
      post({ type: "output", stream, text: text.slice(0, length) });
      text = text.slice(length);
    }
  };
}

/** The length of the next piece: at most what a frame may have, without tearing a surrogate pair. */
function pieceLength(text: string): number {
  if (text.length <= OUTPUT_LENGTH) return text.length;
  const last = text.charCodeAt(OUTPUT_LENGTH - 1);
  return last >= 0xd800 && last < 0xdc00 ? OUTPUT_LENGTH - 1 : OUTPUT_LENGTH;
}

function writeFully(descriptor: number, chunk: string | Uint8Array): void {
  let bytes = typeof chunk === "string" ? encoder.encode(chunk) : chunk;
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeDescriptor(descriptor, bytes));
    } catch (error) {
      if (!isBusy(error)) throw error;
      // A pipe whose reader is slow: give it a moment, as a blocking write would.
      pause(WAIT_MS);
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
