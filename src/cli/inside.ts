// What commands put into an interpreter, by `call`: a function's text is sent, so each of these
// refers to nothing but its arguments and globals. It stands on `globalThis` under one name.

import type { Interpreter } from "../../mod.ts";
import type { Receiver } from "./expression.ts";

/** The name on `globalThis`; short, because it moves the columns of what was typed. */
export const NAME = "__repl";

/** How values become text. */
export interface Style {
  readonly colors: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

/** What takes the value of input number `n`. */
export function receiverOf(n: number, method: "show" | "print"): Receiver {
  return {
    prefix: `await ${NAME}.begin(${n}).${method}((`,
    suffix: "))",
    hasBegun: `${NAME}.begun === ${n}`,
  };
}

/** Puts what takes values into an interpreter. */
export async function installInside(interpreter: Interpreter, style: Style): Promise<void> {
  await interpreter.call(subinterpretersInside, NAME, style);
}

/** Errors do not show frames of a function of this name (excinfo.ts). */
async function subinterpretersInside(name: string, { colors, width }: Style): Promise<void> {
  const util = await import("node:util");
  interface Inspector {
    inspect(value: unknown, options: object): string;
  }
  const runtime: {
    readonly Deno?: Inspector;
    readonly Bun?: Inspector;
    readonly process?: object;
  } = globalThis;
  const format = (value: unknown): string => {
    try {
      if (runtime.Deno !== undefined) return runtime.Deno.inspect(value, { colors });
      if (runtime.Bun !== undefined) return runtime.Bun.inspect(value, { colors });
      return util.inspect(value, { colors, breakLength: width });
    } catch (error) {
      return `[a value that cannot be shown: ${String(error)}]`;
    }
  };
  let last: unknown;
  const inside = {
    begun: 0,
    begin(n: number) {
      inside.begun = n;
      return inside;
    },
    /** The value as text; nothing for `undefined`. */
    show(value: unknown): string | undefined {
      last = value;
      return value === undefined ? undefined : format(value);
    },
    /** Prints as `console.log` does: a string without quotes. */
    async print(value: unknown): Promise<void> {
      // oxlint-disable-next-line no-console -- Inside, this is how source prints.
      console.log(await value);
    },
    /** The value of the last input. */
    value: () => last,
    /** Which of these names are variables of the namespace. */
    existing(names: readonly (readonly [name: string, get: () => unknown])[]): string[] {
      return names.filter(([variable, get]) => {
        if (variable in globalThis) return false;
        try {
          get();
          return true;
        } catch {
          return false;
        }
      }).map(([variable]) => variable);
    },
    /** Which of them have values of at most so many bytes and parts, about. */
    small(
      names: readonly (readonly [name: string, get: () => unknown])[],
      largest: number,
    ): string[] {
      const weigh = (value: unknown): number => {
        const seen = new Set<unknown>();
        const open: unknown[] = [value];
        let weight = 0;
        while (open.length > 0 && weight <= largest) {
          const part = open.pop();
          weight++;
          if (typeof part === "string") weight += part.length;
          if (typeof part !== "object" || part === null || seen.has(part)) continue;
          seen.add(part);
          if (part instanceof ArrayBuffer || ArrayBuffer.isView(part)) weight += part.byteLength;
          else if (part instanceof Map) open.push(...part.keys(), ...part.values());
          else if (part instanceof Set) open.push(...part);
          else if (Array.isArray(part) && part.length > largest) return Infinity;
          else open.push(...Object.values(part));
        }
        return weight;
      };
      return names.filter(([, get]) => {
        try {
          const value = get();
          return typeof value !== "function" && typeof value !== "symbol" &&
            weigh(value) <= largest;
        } catch {
          return false;
        }
      }).map(([variable]) => variable);
    },
    /** Names that could stand behind an expression and a point, getters not called. */
    keys(value: unknown, path: readonly string[]): string[] {
      let holder = value;
      for (const key of path) {
        let found: PropertyDescriptor | undefined;
        for (let at: unknown = holder; at !== null && at !== undefined && found === undefined;) {
          found = Object.getOwnPropertyDescriptor(Object(at), key);
          at = Object.getPrototypeOf(Object(at));
        }
        holder = found?.value;
      }
      const names = new Set<string>();
      if (holder === null || holder === undefined) return [];
      for (let at: unknown = Object(holder); at !== null; at = Object.getPrototypeOf(at)) {
        for (const key of Object.getOwnPropertyNames(at)) names.add(key);
      }
      return [...names];
    },
  };
  Object.defineProperty(globalThis, name, { value: inside, configurable: true });
  // As in other prompts: the last value, until source declares the name itself.
  Object.defineProperty(globalThis, "_", {
    configurable: true,
    get: () => last,
    set: (value) => {
      Object.defineProperty(globalThis, "_", { value, writable: true, configurable: true });
    },
  });
}
