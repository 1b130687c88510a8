// The interface of Standard Schema v1, which zod, valibot, arktype and Effect Schema have in
// common. It is types alone, so the module needs no package for it: https://standardschema.dev

/**
 * A schema of any library that keeps to Standard Schema v1: zod, valibot, arktype and others.
 * Effect's are made one by `Schema.toStandardSchemaV1`.
 *
 * @typeParam Input Type of what the schema is meant to be given.
 * @typeParam Output Type of what it gives, which differs if the schema transforms.
 * @see https://standardschema.dev
 */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  /** What libraries that take schemas use. */
  readonly "~standard": {
    /** Version of the interface. */
    readonly version: 1;
    /** Name of the library that the schema is of. */
    readonly vendor: string;
    /** Checks a value, and gives what the schema makes of it, or says what is wrong. */
    readonly validate: (
      value: unknown,
    ) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** For the compiler alone. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/**
 * What a schema says of a value: what it made of it, or what is wrong with it.
 *
 * @typeParam Output Type of what the schema gives.
 */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One thing that is wrong with a value, as a schema says it. */
export interface StandardIssue {
  /** What is wrong, in words. */
  readonly message: string;
  /** Where in the value, as a list of keys, or of objects that have one. Absent: all of it. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
