// Whether a value can cross. There is one judge, the encoder, so that the answer and
// what `send` does cannot differ.

import { encode } from "./encode.ts";

/** Whether `encode` takes the value; never throws. Costs what encoding costs. */
export function canCross(value: unknown): boolean {
  try {
    encode(value);
    return true;
  } catch {
    return false;
  }
}
