// The same schema in the libraries that people use, and schemas that misbehave.

import * as Schema from "effect/Schema";
import type { StandardSchemaV1 } from "subinterpreters";
import * as v from "valibot";
import * as z from "zod";

/** What the sender of a job gives, and what its receiver gets. */
export interface JobText {
  readonly id: string;
  readonly tags: readonly string[];
}
export interface Job {
  readonly id: number;
  readonly tags: readonly string[];
}

/** A schema that makes a number of `id`. */
export const JOBS: Readonly<Record<string, StandardSchemaV1<JobText, Job>>> = {
  zod: z.object({
    id: z.string().regex(/^\d+$/).transform(Number),
    tags: z.array(z.string()),
  }),
  valibot: v.object({
    id: v.pipe(v.string(), v.digits(), v.transform(Number)),
    tags: v.array(v.string()),
  }),
  "Effect Schema": Schema.toStandardSchemaV1(
    Schema.Struct({ id: Schema.FiniteFromString, tags: Schema.Array(Schema.String) }),
  ),
};

/** The same, by validators that take time. */
export const SLOW_JOBS: Readonly<Record<string, StandardSchemaV1<JobText, Job>>> = {
  zod: z.object({
    id: z.string().refine((text) => Promise.resolve(/^\d+$/.test(text))).transform(Number),
    tags: z.array(z.string()),
  }),
  valibot: v.objectAsync({
    id: v.pipeAsync(
      v.string(),
      v.checkAsync((text) => Promise.resolve(/^\d+$/.test(text))),
      v.transform(Number),
    ),
    tags: v.array(v.string()),
  }),
};

/** A schema by hand. */
export function schemaOf<Output>(
  validate: StandardSchemaV1<unknown, Output>["~standard"]["validate"],
): StandardSchemaV1<unknown, Output> {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

/** Takes numbers, and keeps what it was given. */
export function numbers(given: unknown[] = []): StandardSchemaV1<unknown, number> {
  return schemaOf((value) => {
    given.push(value);
    return typeof value === "number" ? { value } : { issues: [{ message: "no number" }] };
  });
}

/** As `numbers`, a turn of the event loop later. */
export const slowNumbers: StandardSchemaV1<unknown, number> = schemaOf(async (value) => {
  await new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
  return typeof value === "number" ? { value } : { issues: [{ message: "no number" }] };
});

/** What is no schema at all. */
export const NO_SCHEMAS: readonly unknown[] = [
  null,
  5,
  "string",
  {},
  () => {},
  { "~standard": null },
  { "~standard": { version: 2, vendor: "test", validate: () => ({ value: 1 }) } },
  { "~standard": { version: 1, vendor: "test" } },
];
