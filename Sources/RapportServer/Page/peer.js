// One peer connection, negotiated by the "perfect negotiation" pattern of webrtc-pc section 10.7.

const RESTART_AFTER_MS = 2_000;
const RESTART_AGAIN_MS = 5_000;

export class Peer {
  #makingOffer = false;
  #ignoreOffer = false;
  #settingAnswer = false;
  #attached = false;
  #queue = Promise.resolve();
  #restartTimer = null;
  #restartedAt = -Infinity;

  /// `media` has the local tracks `audio` and `video`, each a track or null.
  /// `on` has the functions signal(payload), track(track) and state(connectionState).
  constructor({ polite, iceServers, iceTransportPolicy, media, on }) {
    this.polite = polite;
    this.media = media;
    this.on = on;
    this.pc = new RTCPeerConnection({ iceServers, iceTransportPolicy, bundlePolicy: 'max-bundle' });
    this.pc.addEventListener('negotiationneeded', () => this.#offer());
    this.pc.addEventListener('icecandidate', ({ candidate }) => this.#tell(candidate));
    this.pc.addEventListener('track', ({ track }) => on.track(track));
    this.pc.addEventListener('connectionstatechange', () => this.#connectionChanged());
    // Only the impolite side speaks first; that spares a collision at every start. Later both may offer.
    if (!polite) this.#addTransceivers();
  }

  /// Takes descriptions and candidates in the order in which they came.
  receive(signal) {
    this.#queue = this.#queue.then(() => this.#take(signal)).catch((error) => console.warn('signal', error.name));
  }

  /// Puts another track, or none, in the place of the one that is sent.
  async replace(kind, track) {
    this.media = { ...this.media, [kind]: track };
    const transceiver = this.pc.getTransceivers().find((each) => each.receiver.track.kind === kind);
    if (transceiver && this.#attached) await transceiver.sender.replaceTrack(track);
  }

  restart() {
    const now = performance.now();
    if (now - this.#restartedAt < RESTART_AGAIN_MS || this.pc.signalingState === 'closed') return;
    this.#restartedAt = now;
    this.pc.restartIce();
  }

  close() {
    clearTimeout(this.#restartTimer);
    this.pc.close();
  }

  #addTransceivers() {
    this.#attached = true;
    for (const kind of ['audio', 'video']) {
      this.pc.addTransceiver(this.media[kind] ?? kind, { direction: 'sendrecv' });
    }
  }

  /// The answering side sends in the places that the first offer made.
  async #attach() {
    if (this.#attached) return;
    this.#attached = true;
    for (const transceiver of this.pc.getTransceivers()) {
      const kind = transceiver.receiver.track.kind;
      transceiver.direction = 'sendrecv';
      await transceiver.sender.replaceTrack(this.media[kind] ?? null);
    }
  }

  async #offer() {
    try {
      this.#makingOffer = true;
      await this.pc.setLocalDescription();
      this.#tellDescription();
    } catch (error) {
      console.warn('offer', error.name);
    } finally {
      this.#makingOffer = false;
    }
  }

  async #take(signal) {
    if (signal.description) {
      await this.#takeDescription(signal.description);
    } else {
      try {
        await this.pc.addIceCandidate(signal.endOfCandidates ? undefined : signal.candidate);
      } catch (error) {
        if (!this.#ignoreOffer) throw error;
      }
    }
  }

  async #takeDescription(description) {
    const readyForOffer =
      !this.#makingOffer && (this.pc.signalingState === 'stable' || this.#settingAnswer);
    const collision = description.type === 'offer' && !readyForOffer;
    this.#ignoreOffer = !this.polite && collision;
    if (this.#ignoreOffer) return;
    this.#settingAnswer = description.type === 'answer';
    try {
      await this.pc.setRemoteDescription(description);
    } finally {
      this.#settingAnswer = false;
    }
    if (description.type === 'offer') {
      await this.#attach();
      await this.pc.setLocalDescription();
      this.#tellDescription();
    }
  }

  #tellDescription() {
    const { type, sdp } = this.pc.localDescription;
    this.on.signal({ description: { type, sdp } });
  }

  #tell(candidate) {
    if (!candidate) {
      this.on.signal({ endOfCandidates: true });
    } else if (candidate.candidate) {
      this.on.signal({ candidate: candidate.toJSON() });
    }
  }

  #connectionChanged() {
    const state = this.pc.connectionState;
    clearTimeout(this.#restartTimer);
    if (state === 'failed') this.restart();
    if (state === 'disconnected') this.#restartTimer = setTimeout(() => this.restart(), RESTART_AFTER_MS);
    this.on.state(state);
  }
}
