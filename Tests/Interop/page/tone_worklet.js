// Reads the tones of what is played, block by block, on the audio thread; posts each reading.
import { BLOCK, Detector } from './tone_mark.js';

class ToneReader extends AudioWorkletProcessor {
  #detector = new Detector();
  #block = new Float32Array(BLOCK);
  #filled = 0;

  process([[channel]]) {
    for (const sample of channel ?? []) {
      this.#block[this.#filled] = sample;
      this.#filled += 1;
      if (this.#filled < BLOCK) continue;
      this.#filled = 0;
      this.port.postMessage(this.#detector.push(this.#block));
    }
    return true;
  }
}

registerProcessor('tone-reader', ToneReader);
