// Charts of ratios as SVG text: one line of marks for each runtime, on a logarithmic
// scale around 1. No library: the ones that fit draw bars in a browser, and this is
// positions, lines and text.

import type { Advantage } from "./results.ts";

/** One mark with its spread, or the reason why there is none. */
export interface Mark {
  readonly runtime: string;
  readonly value: Advantage | string;
}

/** What stands in one row: a heading for the rows below it, or marks. */
export interface ChartRow {
  readonly label: string;
  readonly marks: readonly Mark[];
}

/** A chart and the words around it. */
export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  readonly rows: readonly ChartRow[];
}

const WIDTH = 860;
const LEFT = 290;
const RIGHT = 40;
const TOP = 96;
const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
const STYLE = `
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
  .card { fill: #ffffff; stroke: #d1d9e0 } .grid { stroke: #e4e8ec } .one { stroke: #59636e }
  .title { font-size: 15px; font-weight: 600 } .heading { font-weight: 600 }
  .muted { fill: #59636e; font-size: 11px }
  .deno { fill: #1f5fd0; stroke: #1f5fd0 } .bun { fill: #b6500f; stroke: #b6500f }
  .node { fill: #21783a; stroke: #21783a } .whisker { stroke-width: 2; opacity: 0.4 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .muted { fill: #9198a1 } .card { fill: #0d1117; stroke: #3d444d }
    .grid { stroke: #262c36 } .one { stroke: #9198a1 }
    .deno { fill: #6ea8ff; stroke: #6ea8ff } .bun { fill: #ff9d5c; stroke: #ff9d5c }
    .node { fill: #5fce7c; stroke: #5fce7c }
  }
`;

/** The chart as the text of an SVG file. */
export function drawChart({ title, subtitle, rows }: Chart): string {
  const pitch = rows.length > 16 ? 9 : 12;
  const heights = rows.map(({ marks }) => marks.length === 0 ? 30 : marks.length * pitch + 14);
  const bottom = TOP + heights.reduce((sum, height) => sum + height, 0);
  const place = scaleOf(rows);
  const parts = [
    text({ x: 20, y: 28, className: "title" }, title),
    text({ x: 20, y: 48, className: "muted" }, subtitle),
    legend(),
    ...grid(place, bottom),
  ];
  let y = TOP;
  for (const [at, row] of rows.entries()) {
    const height = heights[at] ?? 0;
    parts.push(...(row.marks.length === 0 ? heading(row, y) : drawRow(row, y, { place, pitch })));
    y += height;
  }
  const height = bottom + 36;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}"` +
    ` height="${height}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

type Place = ((value: number) => number) & { readonly ticks: readonly number[] };

/** Where a ratio lies: the scale reaches over all medians, spreads beyond it are cut. */
function scaleOf(rows: readonly ChartRow[]): Place {
  const medians = rows.flatMap(({ marks }) =>
    marks.flatMap(({ value }) => typeof value === "string" ? [] : [value.median])
  );
  const low = TICKS.findLast((tick) => tick <= Math.min(0.5, ...medians) / 1.2) ?? TICKS[0] ?? 0.01;
  const high = TICKS.find((tick) => tick >= Math.max(2, ...medians) * 1.2) ?? TICKS.at(-1) ?? 100;
  const span = Math.log(high / low);
  const place = (value: number) => {
    const clamped = Math.min(high, Math.max(low, value));
    return LEFT + (WIDTH - LEFT - RIGHT) * Math.log(clamped / low) / span;
  };
  return Object.assign(place, { ticks: TICKS.filter((tick) => tick >= low && tick <= high) });
}

function grid(place: Place, bottom: number): string[] {
  return place.ticks.flatMap((tick) => {
    const x = place(tick).toFixed(1);
    const name = `${tick}×`;
    return [
      `<path class="${tick === 1 ? "one" : "grid"}" d="M${x} ${TOP - 6}V${bottom}"/>`,
      `<text class="muted" x="${x}" y="${TOP - 12}" text-anchor="middle">${name}</text>`,
      `<text class="muted" x="${x}" y="${bottom + 18}" text-anchor="middle">${name}</text>`,
    ];
  });
}

function legend(): string {
  return ["deno", "bun", "node"].map((runtime, at) => {
    const x = WIDTH - 210 + at * 70;
    return shape(runtime, x, 24) + text({ x: x + 10, y: 28 }, titled(runtime));
  }).join("");
}

function heading({ label }: ChartRow, y: number): string[] {
  return [text({ x: 20, y: y + 22, className: "heading" }, label)];
}

function drawRow(
  { label, marks }: ChartRow,
  top: number,
  { place, pitch }: { readonly place: Place; readonly pitch: number },
): string[] {
  const middle = top + 2 + marks.length * pitch / 2;
  // "what / control" stands on two lines.
  const [name = "", control] = label.split(" / ");
  const missing = marks.filter(({ value }) => typeof value === "string");
  const note = missing.length > 0
    ? `does not run on ${missing.map(({ runtime }) => titled(runtime)).join(", ")}`
    : control && `against ${control}`;
  const labels = note === undefined ? [text({ x: LEFT - 20, y: middle + 4, end: true }, name)] : [
    text({ x: LEFT - 20, y: middle - 3, end: true }, name),
    text({ x: LEFT - 20, y: middle + 12, end: true, className: "muted" }, note),
  ];
  return labels.concat(marks.flatMap(({ runtime, value }, at) => {
    if (typeof value === "string") return [];
    const y = top + 2 + (at + 0.5) * pitch;
    const [from, to] = [place(value.low).toFixed(1), place(value.high).toFixed(1)];
    return `<path class="${runtime} whisker" d="M${from} ${y}H${to}"/>` +
      shape(runtime, place(value.median), y);
  }));
}

/** Colour is not all that tells the runtimes apart. */
function shape(runtime: string, x: number, y: number): string {
  const at = `${x.toFixed(1)} ${y}`;
  if (runtime === "bun") return `<path class="bun" d="M${at}m-4 -4h8v8h-8z"/>`;
  if (runtime === "node") return `<path class="node" d="M${at}m0 -5l5 5l-5 5l-5 -5z"/>`;
  return `<circle class="${runtime}" cx="${x.toFixed(1)}" cy="${y}" r="4"/>`;
}

/** The runtime's name as its makers write it. */
export function titled(runtime: string): string {
  return runtime === "node" ? "Node" : runtime.charAt(0).toUpperCase() + runtime.slice(1);
}

interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly className?: string;
  readonly end?: boolean;
}

function text({ x, y, className = "", end = false }: TextPlace, words: string): string {
  const anchor = end ? ' text-anchor="end"' : "";
  return `<text class="${className}" x="${x.toFixed(1)}" y="${y}"${anchor}>${escape(words)}</text>`;
}

function escape(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
