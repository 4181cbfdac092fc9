// A picture's number as a bar code along its top edge: FrameMark of RapportTestMedia, for a canvas.
//
// 32 cells over the width, 1/18 of the height: white, black, 20 bits of Gray code (most significant first), 8 bits of
// checksum, black, white.

export const MODULUS = 1 << 20;
const CELLS = 32;
const LEAST_CONTRAST = 60;

export function stripHeight(height) {
  return Math.max(2, Math.floor(height / 18));
}

// CRC-8, x^8 + x^2 + x + 1, over the number's three bytes, begun at 0x5A.
function checksum(value) {
  let remainder = 0x5a;
  for (const shift of [16, 8, 0]) {
    remainder ^= (value >>> shift) & 0xff;
    for (let bit = 0; bit < 8; bit += 1) {
      remainder = remainder & 0x80 ? ((remainder << 1) ^ 0x07) & 0xff : remainder << 1;
    }
  }
  return remainder;
}

export function cellPattern(number) {
  const value = number & (MODULUS - 1);
  const gray = value ^ (value >>> 1);
  return (0x80000001 | (gray << 10) | (checksum(value) << 2)) >>> 0;
}

export function draw(context, number) {
  const { width, height } = context.canvas;
  const pattern = cellPattern(number);
  const rows = stripHeight(height);
  for (let cell = 0; cell < CELLS; cell += 1) {
    const left = Math.floor((cell * width) / CELLS);
    const right = Math.floor(((cell + 1) * width) / CELLS);
    context.fillStyle = (pattern >>> (31 - cell)) & 1 ? 'rgb(220,220,220)' : 'rgb(30,30,30)';
    context.fillRect(left, 0, right - left, rows);
  }
}

function numberOf(pattern) {
  let value = (pattern >>> 10) & (MODULUS - 1);
  for (const shift of [1, 2, 4, 8, 16]) value ^= value >>> shift;
  return cellPattern(value) === pattern ? value : null;
}

// Mean of the middle of a cell, away from the edges that compression smears.
function level(bytes, width, rows, cell) {
  const from = Math.ceil(((cell + 0.25) * width) / CELLS);
  const to = Math.floor(((cell + 0.75) * width) / CELLS);
  let [sum, count] = [0, 0];
  for (let y = Math.ceil(0.2 * rows); y < 0.7 * rows; y += 1) {
    for (let x = from; x < to; x += 1) {
      const at = 4 * (y * width + x);
      sum += 0.299 * bytes[at] + 0.587 * bytes[at + 1] + 0.114 * bytes[at + 2];
      count += 1;
    }
  }
  return sum / count;
}

// The number in the pixels of a strip; null when there is no mark or it is damaged.
export function read(image) {
  const levels = Array.from({ length: CELLS }, (_, cell) => level(image.data, image.width, image.height, cell));
  const bright = (levels[0] + levels[31]) / 2;
  const dark = (levels[1] + levels[30]) / 2;
  if (bright - dark < LEAST_CONTRAST) return null;
  let pattern = 0;
  for (const each of levels) pattern = ((pattern << 1) | (2 * each > bright + dark ? 1 : 0)) >>> 0;
  return numberOf(pattern);
}
