// The browser's side of a call with rapport-peer: sends marked pictures and tones, reads the marks of what arrives.
//
// Signals with the process through the page's own server: an event stream in, one POST a message out.
import * as frameMark from './frame_mark.js';
import * as toneMark from './tone_mark.js';

const FRAME_RATE = 30;

class Source {
  drawn = 0;
  #context;
  #texture;
  #track;

  constructor(canvas) {
    this.#context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
    this.#texture = grain(canvas.width, canvas.height);
    const stream = canvas.captureStream(0);
    [this.#track] = stream.getVideoTracks();
    this.stream = stream;
    setInterval(() => this.#next(), 1000 / FRAME_RATE);
  }

  // A textured plane that slowly turns: enough work for every bit that the encoder may spend, not too much for the few
  // that it has at first.
  #next() {
    const context = this.#context;
    const { width, height } = context.canvas;
    const angle = this.drawn / 400;
    context.setTransform(Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle), width / 2, height / 2);
    context.drawImage(this.#texture, -this.#texture.width / 2, -this.#texture.height / 2);
    context.setTransform(1, 0, 0, 1, 0, 0);
    frameMark.draw(context, this.drawn);
    this.drawn += 1;
    this.#track.requestFrame();
  }
}

// Soft grain, the same on each run, large enough to cover the canvas at every angle.
function grain(width, height) {
  const side = Math.ceil(Math.hypot(width, height));
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d');
  let state = 1;
  for (let i = 0; i < 12000; i += 1) {
    const values = Array.from({ length: 5 }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 8);
    const level = values[3] % 256;
    context.fillStyle = `rgb(${level},${(level + (values[4] % 40)) % 256},${level})`;
    context.fillRect(values[0] % side, values[1] % side, 4 + (values[2] % 24), 4 + (values[4] % 24));
  }
  return canvas;
}

// Numbers of the pictures that were presented, in order.
class PictureReader {
  numbers = [];
  unreadable = 0;
  presented = 0;

  constructor(video) {
    const canvas = new OffscreenCanvas(640, 20);
    const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
    const take = (_, metadata) => {
      video.requestVideoFrameCallback(take);
      this.presented = metadata.presentedFrames;
      const rows = frameMark.stripHeight(metadata.height);
      context.drawImage(video, 0, 0, metadata.width, rows, 0, 0, canvas.width, canvas.height);
      const number = frameMark.read(context.getImageData(0, 0, canvas.width, canvas.height));
      if (number === null) this.unreadable += 1;
      else this.numbers.push(number);
    };
    video.requestVideoFrameCallback(take);
  }
}

// Sound out and in. `readings` holds one slot (or null) for each 10 ms that were played.
class Sound {
  readings = [];

  static async open() {
    const sound = new Sound();
    sound.context = new AudioContext({ sampleRate: toneMark.SAMPLE_RATE });
    await sound.context.audioWorklet.addModule('tone_worklet.js');
    const buffer = new AudioBuffer({
      length: toneMark.SLOTS * toneMark.SLOT_SAMPLES, sampleRate: toneMark.SAMPLE_RATE, numberOfChannels: 1,
    });
    buffer.copyToChannel(toneMark.samples(), 0);
    const source = new AudioBufferSourceNode(sound.context, { buffer, loop: true });
    const destination = new MediaStreamAudioDestinationNode(sound.context, { channelCount: 1 });
    source.connect(destination);
    source.start();
    sound.stream = destination.stream;
    return sound;
  }

  listen(stream) {
    const reader = new AudioWorkletNode(this.context, 'tone-reader', { channelCount: 1, channelCountMode: 'explicit' });
    reader.port.onmessage = (event) => this.readings.push(event.data);
    new MediaStreamAudioSourceNode(this.context, { mediaStream: stream }).connect(reader);
    reader.connect(this.context.destination);
  }
}

class Call {
  errors = [];
  samples = [];
  connectedAt = null;
  #remote = new MediaStream();
  #order = Promise.resolve();

  // `role` is this side's: 'offer' or 'answer'. With `redundancy` sound is sent as audio/red if the peer takes it; without
  // `sendsPictures` it only receives them.
  async start(role, { redundancy = false, sendsPictures = true } = {}) {
    this.sound = await Sound.open();
    if (sendsPictures) this.source = new Source(document.getElementById('source'));
    this.video = document.getElementById('remote');
    this.video.srcObject = this.#remote;
    this.pictures = new PictureReader(this.video);
    this.pc = new RTCPeerConnection();
    this.pc.onicecandidate = ({ candidate }) => this.#post(candidate
      ? { type: 'candidate', ...candidate.toJSON() } : { type: 'end-of-candidates' });
    this.pc.onconnectionstatechange = () => this.#moved();
    this.pc.ontrack = ({ track }) => this.#take(track);
    for (const track of this.sound.stream.getTracks()) this.pc.addTrack(track, this.sound.stream);
    for (const track of this.source?.stream.getTracks() ?? []) this.pc.addTrack(track, this.source.stream);
    if (!sendsPictures && role === 'offer') this.pc.addTransceiver('video', { direction: 'recvonly' });
    if (redundancy) this.#preferRedundancy();
    this.#follow();
    if (role === 'offer') await this.#describe();
  }

  get state() { return this.pc?.connectionState ?? 'new'; }
  get seconds() { return this.connectedAt === null ? 0 : (performance.now() - this.connectedAt) / 1000; }

  // What the pictures took in the last three seconds, bits a second.
  get outboundRate() {
    const [first, last] = [this.samples.at(-4), this.samples.at(-1)];
    return first ? (8 * (last.bytesSent - first.bytesSent)) / (last.seconds - first.seconds) : 0;
  }

  close() { this.pc.close(); }

  async statistics() { return [...(await this.pc.getStats()).values()]; }

  async report() {
    return {
      state: this.state, seconds: this.seconds, errors: this.errors, drawn: this.source?.drawn ?? 0,
      outboundRate: this.outboundRate, available: this.samples.at(-1)?.available ?? 0,
      numbers: this.pictures.numbers, unreadable: this.pictures.unreadable, presented: this.pictures.presented,
      readings: this.sound.readings, samples: this.samples, statistics: await this.statistics(),
    };
  }

  // RFC 2198: of two formats the first is the one that is sent.
  #preferRedundancy() {
    const { codecs } = RTCRtpReceiver.getCapabilities('audio');
    const red = codecs.filter((each) => each.mimeType === 'audio/red');
    const transceiver = this.pc.getTransceivers().find((each) => each.sender.track?.kind === 'audio');
    transceiver.setCodecPreferences([...red, ...codecs.filter((each) => each.mimeType !== 'audio/red')]);
  }

  #take(track) {
    this.#remote.addTrack(track);
    if (track.kind === 'audio') this.sound.listen(new MediaStream([track]));
    this.video.play().catch((error) => this.errors.push(`play: ${error.message}`));
  }

  #moved() {
    if (this.state !== 'connected' || this.connectedAt !== null) return;
    this.connectedAt = performance.now();
    setInterval(() => this.#sample(), 1000);
  }

  async #sample() {
    const all = await this.statistics();
    const outbound = all.find((each) => each.type === 'outbound-rtp' && each.kind === 'video') ?? {};
    const selected = all.find((each) => each.type === 'transport')?.selectedCandidatePairId;
    const pair = all.find((each) => each.id === selected) ?? {};
    this.samples.push({
      seconds: this.seconds, bytesSent: (outbound.bytesSent ?? 0) + (outbound.headerBytesSent ?? 0),
      framesSent: outbound.framesSent ?? 0, available: pair.availableOutgoingBitrate ?? 0,
    });
  }

  async #describe() {
    await this.pc.setLocalDescription();
    this.#post(this.pc.localDescription);
  }

  // Messages are sent and taken one after another: a candidate must not overtake its description.
  #post(message) {
    this.sending = (this.sending ?? Promise.resolve()).then(() => fetch('to-peer', { method: 'POST', body: JSON.stringify(message) }));
  }

  #follow() {
    const events = new EventSource('from-peer');
    events.onmessage = ({ data }) => {
      this.#order = this.#order.then(() => this.#handle(JSON.parse(data)))
        .catch((error) => this.errors.push(`${error.name}: ${error.message}`));
    };
  }

  async #handle(message) {
    switch (message.type) {
      case 'offer':
        await this.pc.setRemoteDescription(message);
        await this.#describe();
        break;
      case 'answer':
        await this.pc.setRemoteDescription(message);
        break;
      case 'candidate':
        await this.pc.addIceCandidate(message);
        break;
      case 'end-of-candidates':
        await this.pc.addIceCandidate();
        break;
    }
  }
}

window.call = new Call();
