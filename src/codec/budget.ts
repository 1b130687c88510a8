// What one message may hold of what costs far more than its bytes tell: time to compile regular
// expressions, memory that buffers reserve. The encoder keeps to it, so that whoever sends hears
// of it; the decoder does not believe that every sender has.

// Taken now: source may declare names of its own that hide these.
const Error: ErrorConstructor = globalThis.Error;

/** Characters of one regular expression, and of all in a message. */
const MAX_PATTERN = 2 ** 15;
const MAX_PATTERNS = 2 ** 17;
/**
 * Named groups in all expressions of a message. Each is compared with all others of its expression.
 */
const MAX_NAMED_GROUPS = 1_000;
/** Bytes that the resizable buffers of a message may come to reserve. */
const MAX_RESERVED = 2 ** 36;
/** Resizable buffers of a message. Each takes memory mappings, of which a process has few. */
const MAX_RESIZABLE = 1_000;
/** Errors of a message. Deno 2.9 notes where each was made even if told not to (4 µs, measured). */
const MAX_ERRORS = 10_000;
/** Own properties that one error may have, besides its message and the like. */
const MAX_ERROR_FIELDS = 1_000;

/** Thrown when a message would hold too much of something. */
export class TooMuch extends Error {}

/** What is left of the bounds for one message. */
export class Budget {
  #patterns = MAX_PATTERNS;
  #namedGroups = MAX_NAMED_GROUPS;
  #reserved = MAX_RESERVED;
  #resizable = MAX_RESIZABLE;
  #errors = MAX_ERRORS;
  #isFresh = true;

  /** To be called after each message: the next one has all bounds anew. */
  renew(): void {
    if (this.#isFresh) return;
    this.#isFresh = true;
    this.#patterns = MAX_PATTERNS;
    this.#namedGroups = MAX_NAMED_GROUPS;
    this.#reserved = MAX_RESERVED;
    this.#resizable = MAX_RESIZABLE;
    this.#errors = MAX_ERRORS;
  }

  /** One more error. @throws {TooMuch} */
  countError(): void {
    this.#isFresh = false;
    if (--this.#errors < 0) throw new TooMuch(`it has more than ${MAX_ERRORS} errors`);
  }

  /** The own properties of one error. @throws {TooMuch} */
  countFields(count: number): void {
    if (count <= MAX_ERROR_FIELDS) return;
    throw new TooMuch(`an error in it has more than ${MAX_ERROR_FIELDS} properties`);
  }

  /** One more regular expression. @throws {TooMuch} */
  countRegExp(source: string): void {
    this.#isFresh = false;
    this.#patterns -= source.length;
    this.#namedGroups -= source.split("(?<").length - 1;
    if (this.#patterns < 0 || this.#namedGroups < 0 || source.length > MAX_PATTERN) {
      throw new TooMuch(
        `its regular expressions are too long; ${MAX_PATTERN} characters each, ${MAX_PATTERNS} in all and ${MAX_NAMED_GROUPS} named groups are the limits`,
      );
    }
  }

  /** One more resizable buffer. @throws {TooMuch} */
  countResizable(maxByteLength: number): void {
    this.#isFresh = false;
    this.#reserved -= maxByteLength;
    if (--this.#resizable < 0 || this.#reserved < 0) {
      throw new TooMuch(
        `its resizable buffers reserve too much memory; ${MAX_RESIZABLE} buffers and ${MAX_RESERVED} bytes are the limits`,
      );
    }
  }
}
