// `node --import tsx .ci/statecharts.ts`: whether the statecharts in docs/charts/ are those of the
// machines. With `--write` it draws them.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { Graphviz } from "@hpcc-js/wasm-graphviz";
import type { AnyStateMachine } from "xstate";
import { interpreterMachine } from "../actors/interpreter.ts";
import { interpreterLogicMachine } from "../actors/logic/interpreter_machine.ts";
import { poolMachine } from "../actors/pool.ts";
import { poolWorkerMachine } from "../actors/pool_worker.ts";
import { supervise } from "../actors/supervision/supervise.ts";
import { supervisorMachine } from "../actors/supervisor.ts";
import { threadMachine } from "../actors/thread.ts";
import { root } from "./launch.mjs";
import { dotOf } from "./statechart_dot.ts";

/** The chart of a machine is `docs/charts/machine-NAME.svg`. */
const MACHINES: Readonly<Record<string, AnyStateMachine>> = {
  "from-interpreter": interpreterLogicMachine,
  "interpreter": interpreterMachine,
  "pool": poolMachine,
  "pool-worker": poolWorkerMachine,
  "supervise": supervise({ children: [{ id: "child", source: "" }] }),
  "supervisor": supervisorMachine,
  "thread": threadMachine,
};

const STYLE = `<style>
text { font-family: Helvetica, Arial, sans-serif; fill: #1f2328; }
.card { fill: #ffffff; stroke: #d1d9e0; }
.state text { transform: translateY(-2px); }
.state path, .state polygon { fill: none; stroke: #59636e; }
.edge path { stroke: #1f5fd0; }
.edge polygon, .begin ellipse { fill: #1f5fd0; stroke: #1f5fd0; }
.edge text { fill: #1f5fd0; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .card { fill: #0d1117; stroke: #3d444d; }
  .state path, .state polygon { stroke: #9198a1; }
  .edge path { stroke: #6ea8ff; }
  .edge polygon, .begin ellipse { fill: #6ea8ff; stroke: #6ea8ff; }
  .edge text { fill: #6ea8ff; }
}
</style>`;

const graphviz = await Graphviz.load();

/** The chart as a picture that is read on a light page and on a dark one. */
function draw(name: string, machine: AnyStateMachine): string {
  const drawn = graphviz.layout(dotOf(machine), "svg", "dot");
  const [, size = ""] = /<svg ([^>]*?)\s*xmlns=/.exec(drawn) ?? [];
  const body = drawn.slice(drawn.indexOf("<g id="), drawn.lastIndexOf("</svg>"))
    .replace(/<title>.*?<\/title>/gs, "").replace(/<!--.*?-->/gs, "")
    .replace(/<polygon fill="white" stroke="none"[^>]*\/>/, "")
    .replace(/ id="[^"]*"/g, "")
    // What is drawn is smaller than what room was made for: fonts differ from system to system.
    .replace(/ font-family="[^"]*"/g, "").replaceAll('font-size="14.00"', 'font-size="12"')
    .replaceAll('font-size="13.00"', 'font-size="11"');
  const states = Object.keys(machine.states).join(", ");
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="The states of the machine ${name}: ${states}">${STYLE}<rect class="card" x="0.5" y="0.5" width="99.9%" height="99.9%" rx="8" />${body}</svg>`;
  return formatted(svg);
}

function formatted(svg: string): string {
  const deno = join(root, "node_modules", ".bin", "deno");
  const { status, stdout, stderr } = spawnSync(deno, ["fmt", "--ext", "svg", "-"], {
    cwd: root,
    input: svg,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`Cannot format the chart: ${stderr}`);
  return stdout;
}

const isWriting = process.argv.includes("--write");
for (const [name, machine] of Object.entries(MACHINES)) {
  const file = `docs/charts/machine-${name}.svg`;
  const svg = draw(name, machine);
  if (isWriting) writeFileSync(join(root, file), svg);
  else if (readOrNothing(file) !== svg) {
    process.stderr.write(
      `${file} is not the chart of its machine; run node --import tsx .ci/statecharts.ts --write\n`,
    );
    process.exitCode = 1;
  }
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch {
    return "";
  }
}
