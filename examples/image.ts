// Work on pictures, as a module that knows nothing of threads. examples/image-service.ts calls it
// in a pool of interpreters.

import { decode, encode } from "fast-png";

/** A picture of 8 bits a channel; its bytes are row after row. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/**
 * Makes a PNG so many pixels wide, and as high as fits.
 *
 * @throws {RangeError} `width` is no whole number from 1 to 4000.
 * @throws {TypeError} The bytes are no PNG of 8 bits a channel.
 */
export function resize(png: Uint8Array, width: number): Uint8Array {
  checkWhole("width", width, 4_000);
  const from = read(png);
  const height = Math.max(1, Math.round((from.height * width) / from.width));
  return write(resample(from, width, height));
}

/**
 * Blurs a PNG: each pixel becomes the mean of those around it, up to `radius` away.
 *
 * @throws {RangeError} `radius` is no whole number from 1 to 1000.
 * @throws {TypeError} The bytes are no PNG of 8 bits a channel.
 */
export function blur(png: Uint8Array, radius: number): Uint8Array {
  checkWhole("radius", radius, 1_000);
  const picture = read(png);
  const { width, height, channels, data } = picture;
  const blurred = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [Math.max(0, y - radius), Math.min(height - 1, y + radius)];
    for (let x = 0; x < width; x++) {
      const [left, right] = [Math.max(0, x - radius), Math.min(width - 1, x + radius)];
      const pixels = (bottom - top + 1) * (right - left + 1);
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let row = top; row <= bottom; row++) {
          for (let column = left; column <= right; column++) {
            sum += data[(row * width + column) * channels + channel] ?? 0;
          }
        }
        blurred[(y * width + x) * channels + channel] = Math.round(sum / pixels);
      }
    }
  }
  return write({ ...picture, data: blurred });
}

/** Takes for each new pixel the mean of the old ones that it covers. */
function resample(from: Picture, width: number, height: number): Picture {
  const { channels, data } = from;
  const resampled = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = covered(y, from.height / height);
    for (let x = 0; x < width; x++) {
      const [left, right] = covered(x, from.width / width);
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) {
            sum += data[(row * from.width + column) * channels + channel] ?? 0;
          }
        }
        resampled[(y * width + x) * channels + channel] = Math.round(
          sum / ((bottom - top) * (right - left)),
        );
      }
    }
  }
  return { width, height, channels, data: resampled };
}

/** The first of the old places that a new one covers, and the end of them. */
function covered(place: number, scale: number): [start: number, end: number] {
  const start = Math.floor(place * scale);
  return [start, Math.max(start + 1, Math.floor((place + 1) * scale))];
}

function read(png: Uint8Array): Picture {
  let decoded: ReturnType<typeof decode>;
  try {
    decoded = decode(png);
  } catch (cause) {
    throw new TypeError("The bytes are not a PNG", { cause });
  }
  const { width, height, channels, data } = decoded;
  if (!(data instanceof Uint8Array) || decoded.depth !== 8 || decoded.palette !== undefined) {
    throw new TypeError("The PNG has not 8 bits a channel");
  }
  return { width, height, channels, data };
}

function write({ width, height, channels, data }: Picture): Uint8Array {
  return encode({ width, height, channels, data });
}

function checkWhole(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new RangeError(`${name} must be a whole number from 1 to ${max}`);
}
