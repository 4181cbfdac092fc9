// The number of a half second as three tones: ToneMark of RapportTestMedia, for Web Audio.
//
// 1200 to 1900 Hz carry the slot modulo 8, 2000 to 2700 Hz the slot / 8, 2800 to 3500 Hz the check digit.

export const SAMPLE_RATE = 48000;
export const SLOTS = 64;
export const SLOT_SAMPLES = 24000;
export const BLOCK = 480;
const DIGITS = 8;
const AMPLITUDE = 1000 / 32768;
const FADE = 480;
const WINDOW = [1, 2, 3, 4, 4, 3, 2, 1];
const WINDOW_SUM = 20;
const DOMINANCE = 2;
const LEAST_POWER = (AMPLITUDE * AMPLITUDE) / 4 / 100;

const SINE = Float64Array.from({ length: BLOCK }, (_, i) => Math.sin((2 * Math.PI * i) / BLOCK));
const COSINE = Float64Array.from({ length: BLOCK }, (_, i) => Math.cos((2 * Math.PI * i) / BLOCK));

// Tones are whole multiples of 100 Hz; a step is how many of them.
function steps(slot) {
  const [a, b] = [slot % DIGITS, Math.floor(slot / DIGITS)];
  return [12 + a, 20 + b, 28 + ((a + 3 * b) % DIGITS)];
}

function fade(position) {
  const edge = Math.min(position, SLOT_SAMPLES - 1 - position);
  return edge < FADE ? 0.5 - 0.5 * Math.cos((Math.PI * edge) / FADE) : 1;
}

// All slots one after another.
export function samples() {
  const all = new Float32Array(SLOTS * SLOT_SAMPLES);
  for (let slot = 0; slot < SLOTS; slot += 1) {
    for (let position = 0; position < SLOT_SAMPLES; position += 1) {
      let value = 0;
      for (const step of steps(slot)) value += SINE[(position * step) % BLOCK];
      all[slot * SLOT_SAMPLES + position] = value * AMPLITUDE * fade(position);
    }
  }
  return all;
}

// Reads slots from blocks of 10 ms, each over the last 80 ms.
export class Detector {
  #history = [];

  // The slot in the middle of the window; null when unreadable.
  push(block) {
    if (this.#history.length === WINDOW.length) this.#history.shift();
    this.#history.push(correlate(block));
    return this.#history.length === WINDOW.length ? this.#read() : null;
  }

  #read() {
    const found = [0, 1, 2].map((group) => this.#strongest(group));
    if (found.includes(null)) return null;
    const [a, b, c] = found;
    return (a + 3 * b) % DIGITS === c ? a + DIGITS * b : null;
  }

  #strongest(group) {
    const powers = Array.from({ length: DIGITS }, (_, digit) => this.#power(group * DIGITS + digit));
    const best = powers.indexOf(Math.max(...powers));
    const second = Math.max(...powers.filter((_, digit) => digit !== best));
    return powers[best] > LEAST_POWER && powers[best] > DOMINANCE * second ? best : null;
  }

  #power(tone) {
    let [sine, cosine] = [0, 0];
    for (let i = 0; i < WINDOW.length; i += 1) {
      sine += this.#history[i][2 * tone] * WINDOW[i];
      cosine += this.#history[i][2 * tone + 1] * WINDOW[i];
    }
    const scale = 1 / (WINDOW_SUM * BLOCK);
    return (sine * sine + cosine * cosine) * scale * scale;
  }
}

function correlate(block) {
  const sums = new Float64Array(6 * DIGITS);
  for (let tone = 0; tone < 3 * DIGITS; tone += 1) {
    let place = 0;
    for (const sample of block) {
      sums[2 * tone] += sample * SINE[place];
      sums[2 * tone + 1] += sample * COSINE[place];
      place = (place + 12 + tone) % BLOCK;
    }
  }
  return sums;
}
