// Arguments that end the process: the runtimes' checks let them through, and their native code
// takes for granted that they did not. On Node 20 that is a zero with a sign, which counts as an
// integer in JavaScript and as none in V8; and what only Node itself was meant to call. On Deno
// 2.9 it is a prime number of one bit.

import { builtin, process } from "../../runtime/builtins.ts";
import { bindingOf } from "../../runtime/bindings.ts";
import { globals } from "../../runtime/globals.ts";
import { replace } from "../../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { ArrayBuffer, Number, Object, Proxy, RangeError, Reflect, TypeError, WeakSet } = globalThis;
const { apply, construct, getOwnPropertyDescriptor } = Reflect;
const isView = ArrayBuffer.isView.bind(ArrayBuffer);
const { isInteger } = Number;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Class = AnyFunction & { readonly prototype: object };
type Check = (args: unknown[]) => void;

const REQUEST = 1;
const RESPONSE = 2;

/** What the modules call; `process.binding` is closed to source. */
const BINDINGS = ["zlib", "cares_wrap"];

let isGuarded = false;

/** Those of which source gets instances besides. */
const CLASSES = [
  ...["tcp_wrap", "pipe_wrap", "udp_wrap", "process_wrap", "fs_event_wrap", "js_stream"],
];

/** Refuses such arguments, or makes harmless ones of them. */
export function guardNativeArguments(): void {
  if (isGuarded) return;
  isGuarded = true;
  if (globals.Deno !== undefined) guardPrimes();
  if (globals.Deno !== undefined || globals.Bun !== undefined) return;
  for (const name of BINDINGS) guardAll(bindingOf(name), dropSigns);
  guardAll(bindingOf("fs"), checkFile);
  // What has been loaded already has taken what it is made of.
  for (const name of ["dns", "zlib"]) if (hasLoaded(name)) guardAll(builtin(name), dropSigns);
  guard(builtin("module"), "_stat", (args) => {
    if (typeof args[0] !== "string") throw new TypeError("Invalid argument: it must be a string");
  });
  guardParser();
  for (const name of [...BINDINGS, ...CLASSES]) hideConstructors(bindingOf(name));
}

function hasLoaded(name: string): boolean {
  const { moduleLoadList } = process as unknown as { readonly moduleLoadList: readonly string[] };
  return moduleLoadList.includes(`NativeModule ${name}`);
}

/** Instances lead to these; called as a function, or as Node does not, each ends the process. */
function hideConstructors(binding: object): void {
  for (const one of Object.values(binding) as unknown[]) {
    let owner = typeof one === "function" ? (one.prototype ?? null) as object | null : null;
    for (; owner !== null && owner !== Object.prototype; owner = Reflect.getPrototypeOf(owner)) {
      if (getOwnPropertyDescriptor(owner, "constructor")?.configurable !== true) continue;
      replace(owner, "constructor", () => {
        throw new TypeError("Illegal constructor");
      });
    }
  }
}

/** A descriptor that is a symbol cannot be shown in the error that Node makes. */
function checkFile(args: unknown[]): void {
  if (typeof args[0] === "symbol") {
    throw new TypeError("Invalid argument: a file is named by text, or by a number");
  }
  dropSigns(args);
}

function dropSigns(args: unknown[]): void {
  for (let i = 0; i < args.length; i++) if (Object.is(args[i], -0)) args[i] = 0;
}

function guardAll(owner: object, check: Check): void {
  for (const name of Object.keys(owner)) {
    if (getOwnPropertyDescriptor(owner, name)?.writable === true) guard(owner, name, check);
  }
}

/** Functions and classes alike: what is called stays what it is. */
function guard(owner: object, name: string, check: Check): void {
  const original: unknown = Reflect.get(owner, name);
  if (typeof original !== "function") return;
  replace(
    owner,
    name,
    new Proxy(original as AnyFunction, {
      apply(target, self, args: unknown[]) {
        check(args);
        return apply(target, self, args);
      },
      construct(target, args: unknown[], newTarget) {
        check(args);
        return construct(target, args, newTarget) as object;
      },
    }),
  );
}

interface ParserBinding {
  readonly HTTPParser?: Class;
  readonly ConnectionsList?: Class;
}

/** Node's own parser of HTTP, which source finds at each socket of a server. */
function guardParser(): void {
  const binding = bindingOf("http_parser") as unknown as ParserBinding;
  const { ConnectionsList, HTTPParser } = binding;
  const getDescriptor = streamDescriptor();
  if (HTTPParser === undefined || getDescriptor === undefined || hasLoaded("_http_server")) return;
  const lists = new WeakSet<object>();
  const isList = lists.has.bind(lists);
  const addList = lists.add.bind(lists);
  if (ConnectionsList !== undefined) guardClass(binding, "ConnectionsList", addList);
  const { prototype } = HTTPParser;
  const invalid = () => new TypeError("Invalid argument");
  guard(prototype, "initialize", (args) => {
    dropSigns(args);
    // By number: source can change how a list is read.
    const type = args[0];
    const resource = args[1];
    const maxHeaderSize = args[2] ?? 0;
    const flags = args[3] ?? 0;
    const list = args[4];
    if (type !== REQUEST && type !== RESPONSE) throw invalid();
    if (typeof resource !== "object" || resource === null) throw invalid();
    if (!isInteger(maxHeaderSize) || ((flags as number) | 0) !== flags) throw invalid();
    if (list !== undefined && list !== null && !isList(list)) throw invalid();
    args[2] = maxHeaderSize;
    args[3] = flags;
  });
  guard(prototype, "execute", (args) => {
    if (!isView(args[0])) throw invalid();
  });
  // It throws for what is no stream of the runtime's.
  guard(prototype, "consume", (args) => void apply(getDescriptor, args[0], []));
}

/** Called without `new`, such a class ends the process. */
function guardClass(owner: ParserBinding, name: keyof ParserBinding, made: (one: object) => void) {
  const original = owner[name]!;
  const guarded = new Proxy(original, {
    apply() {
      throw new TypeError(`Class constructor ${name} cannot be invoked without 'new'`);
    },
    construct(target, args: unknown[], newTarget) {
      const one = construct(target, args, newTarget) as object;
      made(one);
      return one;
    },
  });
  replace(owner, name, guarded);
  replace(original.prototype, "constructor", guarded);
}

function streamDescriptor(): AnyFunction | undefined {
  let stream: object | null = bindingOf("tcp_wrap")["TCP"]?.prototype ?? null;
  while (stream !== null && !Object.hasOwn(stream, "fd")) stream = Reflect.getPrototypeOf(stream);
  return stream === null ? undefined : getOwnPropertyDescriptor(stream, "fd")?.get;
}

/** A panic of Deno's ends the process, whoever has called. */
function guardPrimes(): void {
  const crypto = builtin<object>("crypto");
  for (const name of ["generatePrime", "generatePrimeSync"]) {
    guard(crypto, name, (args) => {
      const size = args[0];
      if (typeof size === "number" && size < 2) {
        throw new RangeError('The value of "size" is out of range: it must be 2 or more');
      }
    });
  }
}
