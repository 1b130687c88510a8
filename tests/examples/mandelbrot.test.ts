// examples/mandelbrot.ts: the picture that it writes, and the bar that it shows.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { decode } from "fast-png";
import { type ScriptResult, spawnScript } from "../helpers/spawn_script.ts";

const script = new URL("../../examples/mandelbrot.ts", import.meta.url);

function run(...args: readonly string[]): Promise<ScriptResult> {
  return spawnScript(script, { args, timeoutMs: 60_000 });
}

/** Whether a point is in the set, as far as 1000 steps tell. */
function isInSet(cr: number, ci: number): boolean {
  let [re, im] = [0, 0];
  for (let n = 0; n < 1_000; n++) {
    [re, im] = [re * re - im * im + cr, 2 * re * im + ci];
    if (re * re + im * im > 256) return false;
  }
  return true;
}

test("mandelbrot.ts writes a PNG of the set, and shows its progress", async () => {
  const folder = await mkdtemp(join(tmpdir(), "subinterpreters-mandelbrot-"));
  try {
    const file = join(folder, "set.png");
    const [width, height] = [90, 61];
    const size = ["--width", String(width), "--height", String(height)];
    const { code, stdout, stderr } = await run(...size, "--workers", "2", file);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /90 × 61 pixels in [\d.]+ s/);
    assert.match(stderr, /^\[-{40}\] 0 %$/m);
    assert.match(stderr, /^\[#{40}\] 100 %$/m);
    const picture = decode(await readFile(file));
    const { channels, depth, data } = picture;
    assert.deepEqual([picture.width, picture.height, channels, depth], [width, height, 3, 8]);
    const step = 3 / 90;
    let [black, coloured] = [0, 0];
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const at = 3 * (row * width + column);
        const isBlack = data[at] === 0 && data[at + 1] === 0 && data[at + 2] === 0;
        const cr = -0.75 + (column + 0.5 - width / 2) * step;
        const ci = (row + 0.5 - height / 2) * step;
        assert.equal(isBlack, isInSet(cr, ci), `the pixel ${column}, ${row}`);
        if (isBlack) black++;
        else coloured++;
      }
    }
    assert.ok(black > 500 && coloured > 3_000, `${black} black, ${coloured} coloured`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("mandelbrot.ts refuses wrong arguments, and a file that cannot be written", async () => {
  for (
    const args of [
      ["--width", "0"],
      ["--height", "many"],
      ["--colour"],
      ["a.png", "b.png"],
      ["--width", "2", "--height", "2", "/there/is/no/such/folder/a.png"],
    ]
  ) {
    const { code, stderr } = await run(...args);
    assert.equal(code, 1, args.join(" "));
    assert.match(stderr, /mandelbrot\.ts \[--width N\]/);
  }
});
