// Whether a value can cross. The encoder alone judges, so this answer and what `send` does
// cannot differ.

import { encode } from "./encode.ts";

/** Whether `encode` takes the value. Never throws, and costs as much as encoding. */
export function canCross(value: unknown): boolean {
  try {
    encode(value);
    return true;
  } catch {
    return false;
  }
}
