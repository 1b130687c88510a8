// Native functions that end the whole process when they are called in a way that their
// runtime does not expect (Node 20.20, Deno 2.9; all found by calling everything with odd
// receivers and arguments). Each is called through a check here. What is wrong is a TypeError.

import { builtin } from "../../runtime/builtins.ts";
import { bindingOf } from "../../runtime/bindings.ts";
import { globals } from "../../runtime/globals.ts";
import { replace } from "../../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Number, Object, Proxy, Reflect, String, TypeError, globalThis: scope } = globalThis;
const { apply, construct, getOwnPropertyDescriptor, ownKeys } = Reflect;
const { isFinite } = Number;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Functions = Record<string, AnyFunction | undefined>;
type Class = AnyFunction & { readonly prototype: object };

/** Deno's: called without `new` they write into whatever they are called on. */
const GEOMETRY: readonly string[] = [
  ...["DOMMatrix", "DOMMatrixReadOnly", "DOMPoint", "DOMPointReadOnly"],
  ...["DOMQuad", "DOMRect", "DOMRectReadOnly"],
];

/** Node's: a number that is -0 passes their checks, and is no integer to what is behind these. */
const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  crypto: [
    ...["getCipherInfo", "createDiffieHellman", "DiffieHellman", "createECDH", "randomInt"],
    ...["hkdfSync", "hkdf", "pbkdf2", "pbkdf2Sync", "scrypt", "scryptSync", "randomBytes"],
    ...["generatePrime", "generatePrimeSync", "checkPrime", "checkPrimeSync", "secureHeapUsed"],
  ],
  os: ["getPriority", "setPriority"],
};

/** Puts the checks before them. */
export function checkNativeCalls(): void {
  if (globals.Deno !== undefined) {
    for (const name of GEOMETRY) requireNew(scope, name);
  } else if (globals.Bun === undefined) checkNode();
}

function checkNode(): void {
  for (const [module, names] of Object.entries(NUMBERS)) {
    const functions = builtin<Functions>(module);
    for (const name of names) withoutNegativeZero(functions, name);
  }
  // The module that exports it loads half of node:http, and takes it from here when it does.
  requireNew(bindingOf("http_parser"), "HTTPParser");
  checkScopes();
  checkKeyObjects();
}

/** A class of native code, which has no check of its own. */
function requireNew(owner: object, name: string): void {
  const original = Reflect.get(owner, name) as Class | undefined;
  if (original === undefined) return;
  const guarded = new Proxy(original, {
    apply() {
      throw new TypeError(`Class constructor ${name} cannot be invoked without 'new'`);
    },
  });
  replace(owner, name, guarded);
  replace(original.prototype, "constructor", guarded);
}

/** In the arguments, and in options among them. */
function withoutNegativeZero(owner: Functions, name: string): void {
  const original = owner[name];
  if (original === undefined) return;
  const checked = (args: unknown[]): unknown[] => {
    for (let i = 0; i < args.length; i++) args[i] = positive(args[i], true);
    return args;
  };
  const guarded = new Proxy(original, {
    apply: (target, self, args) => apply(target, self, checked(args)),
    construct: (target, args, newTarget) =>
      construct(target, checked(args), newTarget as AnyFunction) as object,
  });
  replace(owner, name, guarded);
  const prototype = getOwnPropertyDescriptor(original, "prototype")?.value as object | undefined;
  if (prototype !== undefined) replace(prototype, "constructor", guarded);
}

function positive(value: unknown, isOutermost: boolean): unknown {
  // -0 is 0 to this comparison.
  if (value === 0) return 0;
  if (!isOutermost || typeof value !== "object" || value === null) return value;
  const prototype = Reflect.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  const copy: Record<PropertyKey, unknown> = {};
  for (const key of ownKeys(value)) copy[key] = positive(Reflect.get(value, key), false);
  return copy;
}

/** The numbers of an asynchronous resource are compared when its scope ends, and NaN is not itself. */
function checkScopes(): void {
  const { AsyncResource } = builtin<typeof import("node:async_hooks")>("async_hooks");
  const methods = AsyncResource.prototype as unknown as Functions;
  const { isProxy } = builtin<typeof import("node:util")>("util").types;
  const symbols = Object.getOwnPropertySymbols(new AsyncResource("check"))
    .filter((symbol) => /async_id/.test(String(symbol.description)));
  const run = methods["runInAsyncScope"]!;
  const hasNumber = (resource: object) => (symbol: symbol) => {
    const value: unknown = getOwnPropertyDescriptor(resource, symbol)?.value;
    return typeof value === "number" && isFinite(value);
  };
  replace(methods, "runInAsyncScope", function (this: unknown, ...args: unknown[]): unknown {
    const isResource = typeof this === "object" && this !== null && !isProxy(this) &&
      symbols.every(hasNumber(this));
    if (!isResource) throw new TypeError("Cannot run in the scope of what is no AsyncResource");
    return apply(run, this, args);
  });
}

/** What `KeyObject` extends, which takes nothing but a handle of a key. */
function checkKeyObjects(): void {
  const { KeyObject, createSecretKey } = builtin<typeof import("node:crypto")>("crypto");
  const key: object = createSecretKey(new scope.Uint8Array(1));
  const handles = ownKeys(key).map((name) => Reflect.get(key, name) as unknown)
    .filter((value): value is object => typeof value === "object" && value !== null);
  const prototypes = handles.map((handle) => Reflect.getPrototypeOf(handle));
  const native = Reflect.getPrototypeOf(KeyObject) as Class;
  const guarded = new Proxy(native, {
    apply() {
      throw new TypeError("Class constructor NativeKeyObject cannot be invoked without 'new'");
    },
    construct(target, args, newTarget) {
      const handle: unknown = args[0];
      const isHandle = args.length === 1 && typeof handle === "object" && handle !== null &&
        prototypes.includes(Reflect.getPrototypeOf(handle));
      if (!isHandle) {
        throw new TypeError("Cannot make a KeyObject: use createSecretKey and the like");
      }
      return construct(target, args, newTarget as AnyFunction) as object;
    },
  });
  replace(native.prototype, "constructor", guarded);
  Object.setPrototypeOf(KeyObject, guarded);
}
