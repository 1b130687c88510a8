// The runs of the last half minute as bars, one line for each interpreter.

import type { RunView, Snapshot } from "../protocol.ts";
import { element } from "./dom.ts";
import { duration } from "./words.ts";

const SPAN_MS = 30_000;
const TICK_MS = 10_000;
const MOST_LINES = 40;

/** Shows the runs that were in progress within the time. */
export function show({ runs, interpreters }: Snapshot, now: number): void {
  const from = now - SPAN_MS;
  const going = interpreters.flatMap(({ run }) => run === null ? [] : [run]);
  const shown = [...runs.filter(({ end }) => (end ?? now) >= from), ...going];
  const ids = [...new Set(shown.map(({ interpreter }) => interpreter))]
    .sort((a, b) => a - b).slice(-MOST_LINES);
  const lines = ids.map((id) => {
    const line = make("div", "line");
    line.append(labelled(String(id)));
    line.append(...shown.filter((run) => run.interpreter === id).map((run) => bar(run, now)));
    return line;
  });
  element("waterfall").replaceChildren(...lines, scale());
}

function bar(run: RunView, now: number): HTMLElement {
  const { start, end, outcome, excerpt } = run;
  const begin = Math.max(start, now - SPAN_MS);
  const last = Math.min(end ?? now, now);
  const made = make("i", outcome ?? "running");
  made.style.left = percent(begin - (now - SPAN_MS));
  made.style.width = percent(last - begin);
  made.title = `${outcome ?? "running"}, ${duration(Math.max(0, last - start))}: ${excerpt}`;
  return made;
}

function scale(): HTMLElement {
  const made = make("div", "scale");
  for (let ago = SPAN_MS; ago >= 0; ago -= TICK_MS) {
    const label = labelled(ago === 0 ? "now" : `${ago / 1_000} s ago`);
    label.style.left = percent(SPAN_MS - ago);
    made.append(label);
  }
  return made;
}

function percent(ms: number): string {
  return `${(Math.max(0, Math.min(1, ms / SPAN_MS)) * 100).toFixed(3)}%`;
}

function labelled(text: string): HTMLElement {
  const made = make("span", "");
  made.textContent = text;
  return made;
}

function make(name: string, className: string): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  return made;
}
