// The statechart of a machine as text for Graphviz. States are boxes with what they do on entry and
// with the events that they take without leaving; arrows have event, guard and actions.

import type { AnyStateMachine, AnyTransitionDefinition, StateNode } from "xstate";

type Node = Pick<StateNode, "always" | "entry" | "invoke" | "key" | "transitions" | "type">;
type Transition = Pick<
  AnyTransitionDefinition,
  "eventType" | "guard" | "actions" | "target"
>;

/** The statechart of a machine, in Graphviz's language. */
export function dotOf(machine: AnyStateMachine): string {
  const states: readonly Node[] = Object.values(machine.states);
  const arrows = new Map<string, string>();
  for (const state of states) {
    for (const transition of transitionsOf(state)) {
      for (const { key } of transition.target ?? []) {
        const arrow = `${quote(state.key)} -> ${quote(key)}`;
        const text = ` ${textOf(machine, transition)} \\l`;
        arrows.set(arrow, `${arrows.get(arrow) ?? ""}${text}`);
      }
    }
  }
  const [first = ""] = machine.root.initial.target.map(({ key }) => key);
  const everywhere = doingOf(machine, machine.root);
  return [
    "digraph {",
    'graph [fontname="Helvetica" fontsize=12 nodesep=0.5 ranksep=0.55 pad=0.25]',
    'node [fontname="Helvetica" fontsize=14 shape=plain class=state]',
    'edge [fontname="Helvetica" fontsize=13 arrowsize=0.7]',
    'begin [shape=point width=0.13 class=begin label=""]',
    ...everywhere.length === 0 ? [] : [everywhereBox(everywhere)],
    ...states.map((state) => `${quote(state.key)} [label=<${boxOf(machine, state)}>]`),
    `begin -> ${quote(first)}`,
    ...[...arrows].map(([arrow, text]) => `${arrow} [label=${quote(text)}]`),
    "}",
  ].join("\n");
}

/** What every state takes, beside the states. */
function everywhereBox(texts: readonly string[]): string {
  const rows = ["in every state", ...texts];
  return `everywhere [class=note label=<${table(rows.map((text, at) => row(text, at === 0)), 0)}>]`;
}

/** Those of events, and those that are taken as soon as they can be. */
function transitionsOf(state: Node): readonly Transition[] {
  return [...state.always ?? [], ...[...state.transitions.values()].flat()];
}

/** What happens while the machine stays in the state. */
function doingOf(machine: AnyStateMachine, state: Node): string[] {
  const entry = namesOf(state.entry);
  return [
    ...entry.length === 0 ? [] : [`entry / ${entry.join(", ")}`],
    ...state.invoke.map(({ src }) => `runs ${nameOf(src)}`),
    ...transitionsOf(state).filter(({ target }) => target === undefined)
      .map((transition) => textOf(machine, transition)),
  ];
}

function boxOf(machine: AnyStateMachine, state: Node): string {
  const doing = doingOf(machine, state);
  const box = table([row(state.key, true), ...doing.map((text) => row(text, false))], 1);
  return state.type === "final" ? table([`<tr><td>${box}</td></tr>`], 1) : box;
}

function table(rows: readonly string[], border: number): string {
  return `<table border="${border}" cellborder="0" cellspacing="0" cellpadding="3" style="rounded">${
    rows.join("")
  }</table>`;
}

function row(text: string, isTitle: boolean): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const shown = isTitle ? `<b>${escaped}</b>` : `<font point-size="13">${escaped}</font>`;
  return `<tr><td align="${isTitle ? "center" : "left"}">${shown}</td></tr>`;
}

/** `EVENT [guard] / actions`, as statecharts have it. */
function textOf(machine: AnyStateMachine, transition: Transition): string {
  const { eventType, guard, actions } = transition;
  const names = namesOf(actions);
  return [
    eventOf(machine, eventType),
    guard === undefined ? "" : `[${nameOf(guard)}]`,
    names.length === 0 ? "" : `/ ${names.join(", ")}`,
  ].filter((part) => part !== "").join(" ");
}

/** What XState calls `xstate.done.actor.work` is the end of `work`. */
function eventOf(machine: AnyStateMachine, event: string): string {
  const found = /^xstate\.(done|error|after|snapshot)\.(?:actor\.)?(.*)$/.exec(event);
  if (found === null) return event;
  const [, kind, rest = ""] = found;
  const whose = rest === "*" ? "a child" : rest;
  switch (kind) {
    case "done":
      return `${whose} is done`;
    case "error":
      return `${whose} fails`;
    case "snapshot":
      return `${whose} changes`;
    default: {
      const [name = ""] = rest.split(".");
      return `after ${delayOf(machine, name)}`;
    }
  }
}

function delayOf(machine: AnyStateMachine, name: string): string {
  const delay: unknown = machine.implementations.delays[name];
  return typeof delay === "number" ? `${delay.toLocaleString("en")} ms` : name;
}

/** Names of actions; those without a name are what the state's name says. */
function namesOf(actions: readonly unknown[]): string[] {
  return actions.map(nameOf).filter((name) => name !== "" && name !== "allow");
}

function nameOf(named: unknown): string {
  if (typeof named === "string") return named;
  if (typeof named === "object" && named !== null && "type" in named) return String(named.type);
  return "";
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`;
}
