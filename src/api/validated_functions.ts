// Host functions whose arguments and results must fit schemas. What comes of one is a host
// function like any other, which validates around the function that it was given.

import { checkKeys, isThenable, show } from "./checks.ts";
import type { HostFunction, ValidatedFunction } from "./create_options.ts";
import { checkSchema, type Valid, Validator } from "./validation.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Reflect, TypeError } = globalThis;

/** Throws unless the value is a host function, with schemas or without. */
export function checkFunction(what: string, given: unknown): void {
  if (typeof given === "function") return;
  if (typeof given !== "object" || given === null || !("call" in given)) {
    throw new TypeError(
      `${what} must be a function, or an object with call, input and output, received ${
        show(given)
      }`,
    );
  }
  checkKeys(what, given, ["input", "output", "call"]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its fields are checked here
  const { input, output, call } = given as Partial<ValidatedFunction>;
  if (typeof call !== "function") {
    throw new TypeError(`${what}.call must be a function, received ${show(call)}`);
  }
  if (input !== undefined) checkSchema(`${what}.input`, input);
  if (output !== undefined) checkSchema(`${what}.output`, output);
}

/** The function that source calls, which validates if there are schemas. */
export function hostFunctionOf(
  name: string,
  given: HostFunction | ValidatedFunction,
): HostFunction {
  if (typeof given === "function") return given;
  const { input, output, call } = given;
  const what = `Cannot call host.${name}: its input`;
  const inputs = input === undefined ? undefined : new Validator(checkSchema(what, input), {
    what: `Cannot call host.${name}: the arguments`,
    fit: "do not fit their schema",
  });
  const outputs = output === undefined ? undefined : new Validator(
    checkSchema(`Cannot call host.${name}: its output`, output),
    { what: `Cannot return the result of host.${name}: it`, isSecret: true },
  );
  const leave = (result: unknown): unknown => {
    const valid = outputs?.check(result) ?? { value: result };
    return isThenable(valid) ? valid.then(valueOf) : valid.value;
  };
  return function (...args: readonly unknown[]): unknown {
    const enter = ({ value }: Valid<unknown>): unknown => {
      if (!Array.isArray(value)) {
        throw new TypeError(
          `Cannot call host.${name}: its input schema must give a list of arguments, received ${
            show(value)
          }`,
        );
      }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema says what it takes
      const result = Reflect.apply(call, this, value as never[]) as unknown;
      return isThenable(result) && outputs !== undefined ? result.then(leave) : leave(result);
    };
    const valid = inputs?.check(args) ?? { value: args };
    return isThenable(valid) ? valid.then(enter) : enter(valid);
  };
}

function valueOf<T>({ value }: Valid<T>): T {
  return value;
}
