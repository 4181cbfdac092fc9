// The WebSocket side of the protocol rapport.v1: connects, comes back after a drop, hands messages on.

const SILENCE_MS = 45_000;
const LONGEST_PAUSE_MS = 8_000;
const GIVE_UP_MS = 120_000;

export class Signaling {
  #socket = null;
  #resume = null;
  #closed = false;
  #attempts = 0;
  #lostAt = null;
  #silence = null;

  /// `on` has the functions message(object), dropped() and closed(code).
  constructor(on) {
    this.on = on;
  }

  start(grant) {
    this.#open({ grant });
  }

  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  stop() {
    this.#closed = true;
    clearTimeout(this.#silence);
    this.#socket?.close(1000);
  }

  #open(credential) {
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(`${scheme}//${location.host}/ws`, 'rapport.v1');
    this.#socket = socket;
    socket.addEventListener('message', (event) => {
      if (socket === this.#socket) this.#received(JSON.parse(event.data), credential);
    });
    socket.addEventListener('close', () => {
      if (socket === this.#socket) this.#dropped();
    });
    this.#listen();
  }

  #received(message, credential) {
    this.#listen();
    switch (message.type) {
      case 'welcome':
        this.send({ type: 'hello', version: 1, clientKind: 'browser', ...credential });
        return;
      case 'ping':
        this.send({ type: 'pong' });
        return;
      case 'hello.ok':
        this.#resume = message.resume;
        this.#attempts = 0;
        this.#lostAt = null;
        break;
      case 'error':
        // A place that is gone cannot be taken again with the old secret.
        if (message.code === 'not-authorized') this.#resume = null;
        break;
    }
    this.on.message(message);
  }

  /// The server pings every 20 seconds; a longer silence means that the line is dead, whatever the socket says.
  #listen() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      const socket = this.#socket;
      this.#dropped();
      socket?.close();
    }, SILENCE_MS);
  }

  #dropped() {
    clearTimeout(this.#silence);
    this.#socket = null;
    if (this.#closed) return;
    this.#lostAt ??= Date.now();
    if (!this.#resume || Date.now() - this.#lostAt > GIVE_UP_MS) {
      this.#closed = true;
      this.on.closed();
      return;
    }
    this.on.dropped();
    const pause = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.#attempts) * (0.75 + Math.random() / 2);
    this.#attempts += 1;
    setTimeout(() => {
      if (!this.#closed) this.#open({ resume: this.#resume });
    }, pause);
  }
}
