// Classes and objects of Node's that end the whole process when they are not what its native code
// takes them for (Node 20.20; found by calling everything with odd receivers and arguments). What
// is wrong throws a TypeError here.

import { bindingOf } from "../../runtime/bindings.ts";
import { builtin } from "../../runtime/builtins.ts";
import {
  guarded,
  guardMethod,
  isMethod,
  methodOf,
  needsNew,
  replaceConstructor,
} from "../../runtime/guard.ts";
import { replace } from "../../runtime/replace.ts";
import { dropSignsInside } from "./zeros.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Number, Object, Reflect, String, TypeError, Uint8Array } = globalThis;
const { apply, get, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
const { isFinite } = Number;

/** Functions and classes that pass numbers on to native code, by their module. */
const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  crypto: [
    ...["getCipherInfo", "createDiffieHellman", "DiffieHellman", "createECDH", "randomInt"],
    ...["hkdfSync", "hkdf", "pbkdf2", "pbkdf2Sync", "scrypt", "scryptSync", "randomBytes"],
    ...["generatePrime", "generatePrimeSync", "checkPrime", "checkPrimeSync", "secureHeapUsed"],
  ],
  os: ["getPriority", "setPriority"],
};

/** Puts checks before them, in this thread. */
export function guardNativeObjects(): void {
  for (const [module, names] of Object.entries(NUMBERS)) {
    for (const name of names) guardMethod(builtin(module), name, { check: dropSignsInside });
  }
  // The module that exports the parser loads half of node:http, and takes it from here then.
  guardMethod(bindingOf("http_parser"), "HTTPParser", { called: needsNew("HTTPParser") });
  guardScopes();
  guardKeyObjects();
}

/**
 * Refuses scopes of what is no resource. Node compares a resource's numbers when its scope ends,
 * and NaN does not equal itself.
 */
function guardScopes(): void {
  const { AsyncResource } = builtin<typeof import("node:async_hooks")>("async_hooks");
  const { isProxy } = builtin<typeof import("node:util")>("util").types;
  const symbols = Object.getOwnPropertySymbols(new AsyncResource("check"))
    .filter((symbol) => /async_id/.test(String(symbol.description)));
  const run = methodOf(AsyncResource.prototype, "runInAsyncScope");
  const hasNumber = (resource: object) => (symbol: symbol) => {
    const value: unknown = getOwnPropertyDescriptor(resource, symbol)?.value;
    return typeof value === "number" && isFinite(value);
  };
  replace(
    AsyncResource.prototype,
    "runInAsyncScope",
    function (this: unknown, ...args: unknown[]): unknown {
      const isResource = typeof this === "object" && this !== null && !isProxy(this) &&
        symbols.every(hasNumber(this));
      if (!isResource) throw new TypeError("Cannot run in the scope of what is no AsyncResource");
      return apply(run, this, args);
    },
  );
}

/** Refuses a `KeyObject` of anything but a key: its native class takes nothing but a key's handle. */
function guardKeyObjects(): void {
  const { KeyObject, createSecretKey } = builtin<typeof import("node:crypto")>("crypto");
  const key: object = createSecretKey(new Uint8Array(1));
  const prototypes = ownKeys(key).map((name): unknown => get(key, name))
    .filter((value) => typeof value === "object" && value !== null)
    .map((handle) => getPrototypeOf(handle));
  const native: unknown = getPrototypeOf(KeyObject);
  if (!isMethod(native)) throw new Error("Invariant: KeyObject extends a native class");
  const guard = guarded(native, {
    called: needsNew("NativeKeyObject"),
    check: (args) => {
      const handle = args[0];
      const isHandle = args.length === 1 && typeof handle === "object" && handle !== null &&
        prototypes.includes(getPrototypeOf(handle));
      if (!isHandle) {
        throw new TypeError("Cannot make a KeyObject: use createSecretKey and the like");
      }
    },
  });
  replaceConstructor(native, guard);
  Object.setPrototypeOf(KeyObject, guard);
}
