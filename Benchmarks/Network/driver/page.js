() => {
  // One end of a call in a page without a server: what it has to say goes to `window.tell`, as a line of JSON.
  const FRAME_RATE = 30;
  const HIGHEST_RATE = 1500000;
  let connection;
  let order = Promise.resolve();
  const say = (line) => window.tell(JSON.stringify(line));

  // A textured plane that slowly turns: it has more detail than any rate here can carry.
  function picture() {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [640, 360];
    const context = canvas.getContext('2d', { alpha: false });
    const texture = grain(740);
    const stream = canvas.captureStream(0);
    const [track] = stream.getVideoTracks();
    let drawn = 0;
    setInterval(() => {
      const angle = drawn / 400;
      drawn += 1;
      context.setTransform(Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle), 320, 180);
      context.drawImage(texture, -370, -370);
      track.requestFrame();
    }, 1000 / FRAME_RATE);
    return [track, stream];
  }

  function grain(side) {
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext('2d');
    let state = 1;
    const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 8;
    for (let i = 0; i < 12000; i += 1) {
      const level = next() % 256;
      context.fillStyle = `rgb(${level},${(level + (next() % 40)) % 256},${level})`;
      context.fillRect(next() % side, next() % side, 4 + (next() % 24), 4 + (next() % 24));
    }
    return canvas;
  }

  function sound() {
    const context = new AudioContext({ sampleRate: 48000 });
    const oscillator = new OscillatorNode(context, { frequency: 440 });
    const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    oscillator.connect(new GainNode(context, { gain: 0.1 })).connect(destination);
    oscillator.start();
    return [destination.stream.getAudioTracks()[0], destination.stream];
  }

  function play(track) {
    const element = document.createElement(track.kind);
    element.srcObject = new MediaStream([track]);
    element.muted = true;
    document.body.append(element);
    element.play();
  }

  async function limit() {
    for (const sender of connection.getSenders()) {
      if (sender.track?.kind !== 'video') continue;
      const parameters = sender.getParameters();
      parameters.encodings[0].maxBitrate = HIGHEST_RATE;
      await sender.setParameters(parameters);
    }
  }

  async function describe() {
    await connection.setLocalDescription();
    say(connection.localDescription);
    await limit();
  }

  async function handle(message) {
    switch (message.type) {
      case 'offer':
        await connection.setRemoteDescription(message);
        await describe();
        break;
      case 'answer': await connection.setRemoteDescription(message); break;
      case 'candidate': await connection.addIceCandidate(message); break;
      case 'end-of-candidates': await connection.addIceCandidate(); break;
    }
  }

  window.take = (message) => {
    order = order.then(() => handle(message)).catch((error) => say({ type: 'error', message: String(error) }));
  };

  window.finish = () => connection.close();

  window.start = async ({ role, sends, interval }) => {
    connection = new RTCPeerConnection();
    connection.onicecandidate = ({ candidate }) => say(candidate
      ? { type: 'candidate', ...candidate.toJSON() } : { type: 'end-of-candidates' });
    connection.onconnectionstatechange = () => say({ type: 'state', connection: connection.connectionState });
    connection.ontrack = ({ track }) => play(track);
    if (sends) for (const [track, stream] of [sound(), picture()]) connection.addTrack(track, stream);
    setInterval(async () => {
      const report = [...(await connection.getStats()).values()];
      say({ type: 'stats', report });
    }, 1000 * interval);
    if (role === 'offer') await describe();
  };
}
