// Camera, microphone, the level meter. Everything works with one of them, or with none.

const VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export class Devices {
  tracks = { audio: null, video: null };
  #context = null;
  #analyser = null;
  #source = null;

  /// Asks for both, then for each alone. Returns the names of the errors by kind.
  async open() {
    const problems = {};
    if (!navigator.mediaDevices) return { audio: 'NotSupportedError', video: 'NotSupportedError' };
    try {
      this.#keep(await navigator.mediaDevices.getUserMedia({ audio: AUDIO, video: VIDEO }));
    } catch {
      for (const kind of ['audio', 'video']) {
        const problem = await this.choose(kind, null);
        if (problem) problems[kind] = problem;
      }
    }
    return problems;
  }

  /// Takes one device, or the default one for null. Returns the error's name, or null.
  async choose(kind, deviceId) {
    this.stop(kind);
    const wish = { ...(kind === 'video' ? VIDEO : AUDIO) };
    if (deviceId) wish.deviceId = { exact: deviceId };
    try {
      this.#keep(await navigator.mediaDevices.getUserMedia({ [kind]: wish }));
      return null;
    } catch (error) {
      return error.name;
    }
  }

  stop(kind) {
    this.tracks[kind]?.stop();
    this.tracks[kind] = null;
    if (kind === 'audio') this.#measure();
  }

  stopAll() {
    this.stop('audio');
    this.stop('video');
    this.#context?.close();
    this.#context = null;
    this.#analyser = null;
  }

  async list() {
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    return {
      audio: all.filter((each) => each.kind === 'audioinput' && each.deviceId),
      video: all.filter((each) => each.kind === 'videoinput' && each.deviceId),
    };
  }

  stream(kind) {
    return this.tracks[kind] ? new MediaStream([this.tracks[kind]]) : null;
  }

  /// Loudness of the microphone, 0 to 1.
  level() {
    if (!this.#source) return 0;
    const samples = new Float32Array(this.#analyser.fftSize);
    this.#analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, each) => sum + each * each, 0) / samples.length;
    // From -60 dB to 0 dB.
    return power > 0 ? Math.max(0, Math.min(1, 1 + (10 * Math.log10(power)) / 60)) : 0;
  }

  #keep(stream) {
    for (const track of stream.getTracks()) {
      this.tracks[track.kind]?.stop();
      this.tracks[track.kind] = track;
    }
    this.#measure();
  }

  #measure() {
    this.#source?.disconnect();
    this.#source = null;
    if (!this.tracks.audio) return;
    this.#context ??= new AudioContext();
    this.#context.resume();
    this.#analyser ??= this.#context.createAnalyser();
    this.#source = this.#context.createMediaStreamSource(this.stream('audio'));
    this.#source.connect(this.#analyser);
  }
}
