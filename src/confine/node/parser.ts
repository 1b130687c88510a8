// Node's own parser of HTTP, which source finds at each socket of a server. Arguments that Node
// would not give it end the process (Node 20.20, measured).

import { bindingOf } from "../../runtime/bindings.ts";
import { guardMethod, isObject, type Method, needsNew } from "../../runtime/guard.ts";
import { dropSigns } from "./zeros.ts";

// Taken now: source may declare names of its own that hide these.
const { ArrayBuffer, Number, Object, Reflect, TypeError, WeakSet } = globalThis;
const { apply, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const isView = ArrayBuffer.isView.bind(ArrayBuffer);
const { isInteger } = Number;

const REQUEST = 1;
const RESPONSE = 2;

/** Puts checks before its methods, in this thread; before a server has been loaded. */
export function guardParser(): void {
  const binding = bindingOf("http_parser");
  const prototype = binding["HTTPParser"]?.prototype;
  const getDescriptor = streamDescriptor();
  if (prototype === undefined || getDescriptor === undefined) return;
  const isList = guardLists(binding);
  guardMethod(prototype, "initialize", { check: (args) => checkStart(args, isList) });
  guardMethod(prototype, "execute", {
    check: (args) => {
      if (!isView(args[0])) throw invalid();
    },
  });
  // The getter throws for what is no stream of the runtime's.
  guardMethod(prototype, "consume", { check: (args) => void apply(getDescriptor, args[0], []) });
}

/** Makes the lists of connections known; the function returned tells whether something is one. */
function guardLists(binding: object): (value: unknown) => boolean {
  const lists = new WeakSet<object>();
  const add = lists.add.bind(lists);
  const has = lists.has.bind(lists);
  const name = "ConnectionsList";
  guardMethod(binding, name, { called: needsNew(name), made: (list) => void add(list) });
  return (value) => isObject(value) && has(value);
}

function checkStart(args: unknown[], isList: (value: unknown) => boolean): void {
  dropSigns(args);
  const type = args[0];
  const resource = args[1];
  const maxHeaderSize = args[2] ?? 0;
  const flags = args[3] ?? 0;
  const list = args[4];
  if (type !== REQUEST && type !== RESPONSE) throw invalid();
  if (typeof resource !== "object" || resource === null) throw invalid();
  if (!isInteger(maxHeaderSize) || typeof flags !== "number" || (flags | 0) !== flags) {
    throw invalid();
  }
  if (list !== undefined && list !== null && !isList(list)) throw invalid();
  args[2] = maxHeaderSize;
  args[3] = flags;
}

/** The getter of a stream's descriptor. */
function streamDescriptor(): Method | undefined {
  let stream: object | null = bindingOf("tcp_wrap")["TCP"]?.prototype ?? null;
  while (stream !== null && !Object.hasOwn(stream, "fd")) stream = getPrototypeOf(stream);
  return stream === null ? undefined : getOwnPropertyDescriptor(stream, "fd")?.get;
}

function invalid(): TypeError {
  return new TypeError("Invalid argument");
}
