// Wrong calls, for the test that compares what docstrings promise with what happens.

/** A wrong call, and the class of its error. */
export type Wrong = readonly [error: string, call: () => unknown];

/** An id that nothing has. */
export const NOBODY = 1_000_000_000;

/** A value of a wrong type. */
export const wrong = (value: unknown): never => value as never;

/** Wrong ids for the constructor of a handle. */
export const wrongId = (Handle: new (id: number) => unknown): readonly Wrong[] => [
  ["TypeError", () => new Handle(1.5)],
  ["TypeError", () => new Handle(wrong("1"))],
  ["RangeError", () => new Handle(-1)],
  ["RangeError", () => new Handle(2 ** 64)],
];
