// Values from elsewhere and the schemas that they must fit. Whatever goes wrong in a schema
// is a ValidationError: a value that it refuses and one that it throws for are the same to
// whoever cannot trust the sender.

import { UNBOUND } from "../channel/unbound.ts";
import { pathStep } from "../codec/explain.ts";
import { recordOf } from "../codec/fields.ts";
import { ValidationError, type ValidationIssue } from "../validation_error.ts";
import { isThenable, show } from "./checks.ts";
import type { StandardSchemaV1 } from "./standard_schema.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, String, TypeError } = globalThis;

/** Issues of one error. A sender that wants to can be wrong in a million places. */
const MAX_ISSUES = 50;
/** Characters of one message, and of one key in a path. */
const MAX_CHARS = 500;

type Standard<T> = StandardSchemaV1<unknown, T>["~standard"];

/** What a schema gave. In an object of its own, because it may be a promise by intention. */
export interface Valid<T> {
  readonly value: T;
}

/** What is validated, for errors. */
interface About {
  /** `Cannot receive from channel 3: the item`. */
  readonly what: string;
  /** Absent: `does not fit its schema`. */
  readonly fit?: string;
  /** What becomes of a value that is refused: `and is dropped`. */
  readonly fate?: string;
  /** What the value came through. */
  readonly place?: { readonly channel: number } | { readonly queue: number };
  /** What to call when the schema takes time. */
  readonly remedy?: string;
  /** Whether the value is none of the business of whoever gets the error. */
  readonly isSecret?: boolean;
}

/** Checks values with one schema. */
export class Validator<T> {
  readonly #standard: Standard<T>;
  readonly #about: About;

  constructor(standard: Standard<T>, about: About) {
    this.#standard = standard;
    this.#about = about;
  }

  /** What the schema makes of a value, at once or later; throws a `ValidationError`. */
  check(value: unknown): Valid<T> | Promise<Valid<T>> {
    // Not an item: it stands for one whose sender is gone, and nobody can send it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whoever asks for it in place of items knows
    if (value === UNBOUND) return { value: value as T };
    let result: unknown;
    try {
      result = this.#standard.validate(value);
      if (isThenable(result)) return this.#settle(result);
    } catch (error) {
      throw this.#broken(error);
    }
    return this.#judge(result);
  }

  /**
   * As `check`, for those who do not wait.
   *
   * @param undo Called before a `TypeError` says that the schema takes time.
   */
  checkNow(value: unknown, undo: () => void): T {
    const valid = this.check(value);
    if (!isThenable(valid)) return valid.value;
    // Nobody waits for it, so nobody may hear how it ends.
    valid.then(undefined, () => {});
    undo();
    const { what, remedy = "wait for it" } = this.#about;
    throw new TypeError(
      `${what} was not taken, because its schema takes time to validate; ${remedy}`,
    );
  }

  async #settle(pending: PromiseLike<unknown>): Promise<Valid<T>> {
    let result: unknown;
    try {
      result = await pending;
    } catch (error) {
      throw this.#broken(error);
    }
    return this.#judge(result);
  }

  #judge(result: unknown): Valid<T> {
    let issues: readonly ValidationIssue[] | undefined;
    let valid: Valid<T> | undefined;
    let count = 0;
    try {
      if (typeof result !== "object" || result === null) throw nonsense(result);
      const { issues: given, value } = recordOf(result);
      if (given === undefined && "value" in result) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a schema of that type promises
        valid = { value: value as T };
      } else if (Array.isArray(given)) {
        count = given.length;
        issues = given.slice(0, MAX_ISSUES).map(toIssue);
      } else throw nonsense(result);
    } catch (error) {
      throw this.#broken(error);
    }
    if (valid !== undefined) return valid;
    throw this.#invalid(issues ?? [], count);
  }

  #invalid(issues: readonly ValidationIssue[], count: number): ValidationError {
    const { what, fit = "does not fit its schema", fate, place, isSecret = false } = this.#about;
    if (isSecret) {
      const told = issues.map(({ path }) => ({ message: "does not fit", path }));
      return new ValidationError(`${what} does not fit its schema`, { issues: told });
    }
    const [first] = issues;
    const why = first === undefined
      ? "it gives no reason"
      : `${pathText(first)}: ${first.message}${count > 1 ? ` (and ${count - 1} more)` : ""}`;
    return new ValidationError(
      `${what} ${fit}${fate === undefined ? "" : ` ${fate}`}: ${why}`,
      { issues, ...place },
    );
  }

  #broken(cause: unknown): ValidationError {
    const { what, fate, place, isSecret = false } = this.#about;
    if (isSecret) {
      const issues = [{ message: "the schema failed", path: [] }];
      return new ValidationError(`${what} cannot be validated: the schema failed`, { issues });
    }
    const message = clip(`the schema failed: ${textOf(cause)}`);
    return new ValidationError(
      `${what} cannot be validated${fate === undefined ? "" : ` ${fate}`}: ${message}`,
      { issues: [{ message, path: [] }], ...place, cause },
    );
  }
}

/** The part of a schema that validates, checked. */
export function checkSchema<T>(what: string, schema: StandardSchemaV1<unknown, T>): Standard<T> {
  const standard = standardOf(schema);
  if (standard !== undefined) return standard;
  throw new TypeError(
    `${what} must be a Standard Schema v1, for example one of zod, valibot or arktype, or of Effect by Schema.toStandardSchemaV1; received ${
      show(schema)
    }`,
  );
}

function standardOf<T>(schema: StandardSchemaV1<unknown, T>): Standard<T> | undefined {
  const given: unknown = schema;
  // Arktype's are functions.
  if ((typeof given !== "object" && typeof given !== "function") || given === null) {
    return undefined;
  }
  const standard: unknown = recordOf(given)["~standard"];
  if (typeof standard !== "object" || standard === null) return undefined;
  const { version, validate } = recordOf(standard);
  return version === 1 && typeof validate === "function" ? schema["~standard"] : undefined;
}

function nonsense(result: unknown): Error {
  return new TypeError(
    `validate() must give { value } or a list of issues, received ${show(result)}`,
  );
}

function toIssue(issue: unknown): ValidationIssue {
  if (typeof issue !== "object" || issue === null) throw nonsense(issue);
  const { message, path } = recordOf(issue);
  return {
    message: clip(textOf(message)),
    path: Array.isArray(path) ? path.map(toKey) : [],
  };
}

function toKey(segment: unknown): string | number {
  const key = typeof segment === "object" && segment !== null ? recordOf(segment)["key"] : segment;
  return typeof key === "number" ? key : clip(String(key));
}

function pathText({ path }: ValidationIssue): string {
  return clip(`$${path.map((key) => pathStep(String(key), typeof key === "number")).join("")}`);
}

/** The text of what a schema threw, which may be anything. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "something that cannot be read";
  }
}

function clip(text: string): string {
  return text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS)}…`;
}
