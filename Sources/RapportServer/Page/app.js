// The page: five steps, one at a time. Names come from other people and go to textContent, never to markup.

import { Devices } from './devices.js';
import { Peer } from './peer.js';
import { Signaling } from './signaling.js';

const $ = (id) => document.getElementById(id);

const ENDED = {
  finished: ['The session has ended', 'Your clinician ended the session. You can close this page.'],
  'everybody-left': ['The session has ended', 'Everybody has left. You can close this page.'],
  interrupted: ['The session was cut off', 'The connection was lost for too long.'],
  'time-limit': ['The session has ended', 'The time for this session is over. You can close this page.'],
  expired: ['This session is over', 'Its time has passed and nobody was there.'],
  cancelled: ['This session was called off', 'You can close this page.'],
};

const PROBLEMS = {
  NotAllowedError: 'This page may not use your camera or microphone. You can allow it in the address bar of your browser, or join without.',
  NotFoundError: 'No camera or microphone was found. You can join without: you will see and hear the other person.',
  NotReadableError: 'Another program is using your camera or microphone. Close it and try again, or join without.',
  NotSupportedError: 'This browser does not give this page a camera or microphone. You can join without.',
};

const devices = new Devices();
const state = {
  step: 'devices',
  link: takeLink(),
  signaling: null,
  hello: null,
  admitted: false,
  roster: new Map(),
  knocks: new Map(),
  peer: null,
  peerID: null,
  remoteStream: null,
};

// The secret leaves the address bar, and with it the history; a reload in this tab finds it again.
function takeLink() {
  const match = location.pathname.match(/^\/j\/([A-Za-z0-9_-]+)$/);
  if (match) {
    sessionStorage.setItem('link', match[1]);
    history.replaceState(null, '', '/j');
  }
  return sessionStorage.getItem('link');
}

function show(step) {
  state.step = step;
  document.body.dataset.step = step;
  for (const each of ['devices', 'waiting', 'call', 'ended']) $(`step-${each}`).hidden = each !== step;
  const heading = $(`step-${step}`).querySelector('h1');
  document.title = `${heading.textContent} – video session`;
  heading.focus();
}

function say(text) {
  $('status').textContent = text;
}

function sayNow(text) {
  $('alert').textContent = text;
}

function setText(id, text) {
  $(id).textContent = text ?? '';
  $(id).hidden = !text;
}

// Devices

async function openDevices() {
  const problems = await devices.open();
  const worst = problems.audio ?? problems.video;
  setText('device-problem', worst ? (PROBLEMS[worst] ?? PROBLEMS.NotReadableError) : '');
  $('allow').hidden = !worst;
  $('allow').textContent = 'Try again';
  await fillPickers();
  showPreview();
}

async function fillPickers() {
  const found = await devices.list();
  fill($('camera'), found.video, devices.tracks.video, 'No camera', 'Camera');
  fill($('microphone'), found.audio, devices.tracks.audio, 'No microphone', 'Microphone');
}

function fill(select, found, track, none, word) {
  const chosen = track?.getSettings().deviceId ?? '';
  const options = found.map((each, index) => new Option(each.label || `${word} ${index + 1}`, each.deviceId));
  select.replaceChildren(...options, new Option(none, ''));
  select.value = track && found.some((each) => each.deviceId === chosen) ? chosen : track ? found[0]?.deviceId ?? '' : '';
}

async function pick(kind, deviceId) {
  if (deviceId) {
    const problem = await devices.choose(kind, deviceId);
    setText('device-problem', problem ? (PROBLEMS[problem] ?? PROBLEMS.NotReadableError) : '');
  } else {
    devices.stop(kind);
  }
  showPreview();
}

function showPreview() {
  const stream = devices.stream('video');
  $('preview').srcObject = stream;
  $('self').srcObject = stream;
  $('preview-note').hidden = Boolean(stream);
  $('self-note').hidden = Boolean(stream);
}

function drawLevel() {
  if (state.step === 'devices') $('level').value = devices.level();
  setTimeout(drawLevel, 100);
}

// Joining

async function join() {
  $('ready').disabled = true;
  setText('join-problem', '');
  try {
    const answer = await fetch('/api/v1/grants', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ invitation: state.link ?? '' }),
      credentials: 'omit',
      cache: 'no-store',
    });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.title);
    state.signaling = new Signaling({ message: received, dropped, closed });
    state.signaling.start(body.grant);
  } catch (error) {
    joinFailed(error instanceof TypeError ? 'The server cannot be reached. Please try again.' : error.message);
  }
}

function joinFailed(text) {
  setText('join-problem', text);
  $('ready').disabled = false;
}

function sendReady() {
  const name = $('name').value.trim();
  const ready = { type: 'ready', devices: mediaState() };
  if (name) ready.name = name;
  state.signaling.send(ready);
}

function mediaState() {
  return { audio: Boolean(devices.tracks.audio?.enabled), video: Boolean(devices.tracks.video) };
}

// Messages of the server

function received(message) {
  switch (message.type) {
    case 'hello.ok': return joined(message);
    case 'waiting': return waiting(message);
    case 'knock': return knocked(message);
    case 'admitted': return admitted();
    case 'declined': return declined(message);
    case 'roster': return followRoster(message.peers);
    case 'signal':
      if (message.from === state.peerID) state.peer.receive(message);
      return;
    case 'media': return remoteMedia(message.from, message);
    case 'peer.left': return peerLeft(message);
    case 'ended': return ended(message.reason);
    case 'error': return failed(message);
  }
}

function joined(hello) {
  const cameBack = state.hello !== null;
  state.hello = hello;
  setText('call-notice', '');
  setText('waiting-notice', '');
  if (hello.presence === 'opened') sendReady();
  if (cameBack && state.peer && state.peer.pc.connectionState !== 'connected') state.peer.restart();
}

function waiting({ admission }) {
  $('waiting-text').textContent = admission === 'automatic'
    ? 'You will be let in as soon as your clinician is here.'
    : 'Your clinician will see that you are here and let you in.';
  $('knock-again').hidden = true;
  setText('waiting-notice', '');
  if (state.step !== 'waiting') show('waiting');
  say('You are in the waiting room.');
}

function admitted() {
  if (state.admitted) return;
  state.admitted = true;
  const isClinician = state.hello.part === 'clinician';
  drawWaiters();
  $('end').hidden = !isClinician;
  showToggles();
  show('call');
  say(isClinician ? 'You are in the session.' : 'You have been let in.');
}

function declined({ again }) {
  setText('waiting-notice', 'You were not let in this time.');
  show('waiting');
  sayNow('You were not let in this time.');
  setTimeout(() => { $('knock-again').hidden = false; }, again * 1000);
}

function failed({ code, message }) {
  if (state.step === 'devices') {
    state.signaling.stop();
    joinFailed(message);
  } else if (code === 'not-authorized') {
    state.signaling.stop();
    closed();
  } else if (code !== 'no-such-peer') {
    setText(state.step === 'waiting' ? 'waiting-notice' : 'call-notice', message);
    if (code === 'knock-too-soon') $('knock-again').hidden = false;
  }
}

function dropped() {
  const text = 'Connecting to the server again…';
  setText(state.step === 'call' ? 'call-notice' : 'waiting-notice', text);
  say(text);
}

function closed() {
  if (state.step === 'ended') return;
  if (state.step === 'devices') return joinFailed('The server cannot be reached. Please try again.');
  finish('The connection was lost', 'This page could not reach the server any more.', true);
}

function ended(reason) {
  const [title, text] = ENDED[reason] ?? ENDED.finished;
  const mine = reason === 'finished' && state.hello?.part === 'clinician';
  finish(title, mine ? 'You ended the session. You can close this page.' : text, false);
}

function finish(title, text, mayRejoin) {
  state.signaling?.stop();
  dropPeer();
  devices.stopAll();
  showPreview();
  $('ended-title').textContent = title;
  $('ended-text').textContent = text;
  $('rejoin').hidden = !mayRejoin;
  if ($('end-dialog').open) $('end-dialog').close();
  show('ended');
  sayNow(title);
}

// Who is there

function followRoster(peers) {
  state.roster = new Map(peers.map((each) => [each.peer, each]));
  state.knocks = new Map(peers.filter((each) => each.state === 'waiting').map((each) => [each.peer, each]));
  const inside = peers.filter((each) => each.state === 'admitted' || each.state === 'connected');
  const other = inside.find((each) => each.peer === state.peerID) ?? inside[0];
  if (state.peerID && other?.peer !== state.peerID) dropPeer();
  if (other && !state.peer) connect(other);
  if (other) drawRemote(other);
  drawWaiters();
}

function knocked(knock) {
  state.knocks.set(knock.peer, knock);
  drawWaiters();
  say(`${nameOf(knock)} is waiting.`);
}

function nameOf(entry) {
  return entry.name || (entry.part === 'client' ? 'Client' : 'Clinician');
}

function drawWaiters() {
  const items = [...state.knocks.values()].map((knock) => {
    const item = document.createElement('li');
    const name = document.createElement('span');
    name.textContent = nameOf(knock);
    const row = document.createElement('div');
    row.className = 'row';
    row.append(
      waiterButton('Admit', 'primary', knock, 'admit'),
      waiterButton('Decline', 'plain', knock, 'decline'),
    );
    item.append(name, row);
    return item;
  });
  $('waiters-list').replaceChildren(...items);
  $('waiters-empty').hidden = items.length > 0;
  // With somebody in and nobody waiting, the picture has the room.
  $('waiters').hidden = state.hello?.part !== 'clinician' || (items.length === 0 && state.peerID !== null);
}

function waiterButton(word, style, knock, type) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = style;
  button.textContent = word;
  button.setAttribute('aria-label', `${word} ${nameOf(knock)}`);
  button.addEventListener('click', () => {
    state.knocks.delete(knock.peer);
    state.signaling.send({ type, peer: knock.peer });
    drawWaiters();
    // The button that had the focus is gone.
    $('toggle-microphone').focus();
  });
  return button;
}

function peerLeft({ peer, reason }) {
  const entry = state.roster.get(peer) ?? state.knocks.get(peer);
  state.roster.delete(peer);
  state.knocks.delete(peer);
  if (peer === state.peerID) {
    dropPeer();
    tellGone(entry, reason);
  }
  drawWaiters();
}

function tellGone(entry, reason) {
  const who = entry ? nameOf(entry) : 'The other person';
  $('stage-note').textContent = reason === 'left' ? `${who} has left.` : `${who} has lost the connection.`;
  say($('stage-note').textContent);
}

// The other person

function connect(entry) {
  state.peerID = entry.peer;
  state.remoteStream = new MediaStream();
  $('remote').srcObject = state.remoteStream;
  $('stage-note').textContent = 'Connecting…';
  state.peer = new Peer({
    polite: state.hello.part === entry.part ? state.hello.peer < entry.peer : state.hello.part === 'client',
    iceServers: state.hello.iceServers,
    iceTransportPolicy: state.hello.iceTransportPolicy,
    media: { ...devices.tracks },
    on: {
      signal: (payload) => state.signaling.send({ type: 'signal', to: entry.peer, ...payload }),
      track: (track) => remoteTrack(track),
      state: (connection) => linkChanged(entry.peer, connection),
    },
  });
}

function remoteTrack(track) {
  state.remoteStream.addTrack(track);
  // Some browsers hold back playing until a new track is seen by the element.
  $('remote').play().catch(() => {});
}

function linkChanged(peer, connection) {
  if (peer !== state.peerID) return;
  if (connection === 'connected') {
    state.signaling.send({ type: 'link', peer, state: 'connected' });
    setText('call-notice', '');
    say('Connected.');
  } else if (connection === 'disconnected' || connection === 'failed') {
    state.signaling.send({ type: 'link', peer, state: 'disconnected' });
    setText('call-notice', 'The connection is weak. Trying again…');
    say('The connection is weak. Trying again.');
  }
  drawRemote(state.roster.get(peer));
}

function remoteMedia(peer, media) {
  const entry = state.roster.get(peer);
  if (!entry) return;
  entry.media = { audio: media.audio, video: media.video, screen: media.screen };
  if (peer === state.peerID) drawRemote(entry);
}

function drawRemote(entry) {
  if (!entry || !state.peer) return;
  const connected = state.peer.pc.connectionState === 'connected';
  const shows = connected && (entry.media.video || entry.media.screen);
  $('remote').classList.toggle('dark', !shows);
  $('stage-note').hidden = shows;
  if (connected) $('stage-note').textContent = `${nameOf(entry)} has the camera off.`;
  setText('remote-name', nameOf(entry) + (entry.media.audio ? '' : ' – microphone off'));
}

function dropPeer() {
  state.peer?.close();
  state.peer = null;
  state.peerID = null;
  state.remoteStream = null;
  $('remote').srcObject = null;
  $('stage-note').hidden = false;
  $('stage-note').textContent = 'Nobody else is here yet.';
  setText('remote-name', '');
  setText('call-notice', '');
}

// The tray

function showToggles() {
  drawToggle('toggle-microphone', 'Microphone', Boolean(devices.tracks.audio?.enabled));
  drawToggle('toggle-camera', 'Camera', Boolean(devices.tracks.video));
  showPreview();
}

function drawToggle(id, word, on) {
  $(id).textContent = `${word} ${on ? 'on' : 'off'}`;
  $(id).dataset.on = String(on);
}

async function toggleMicrophone() {
  const track = devices.tracks.audio;
  if (track) {
    track.enabled = !track.enabled;
  } else {
    const problem = await devices.choose('audio', $('microphone').value || null);
    if (problem) return setText('call-notice', PROBLEMS[problem] ?? PROBLEMS.NotReadableError);
    await state.peer?.replace('audio', devices.tracks.audio);
  }
  afterToggle();
}

/// Off means off: the camera is let go, so that its light goes out.
async function toggleCamera() {
  if (devices.tracks.video) {
    devices.stop('video');
  } else {
    const problem = await devices.choose('video', $('camera').value || null);
    if (problem) return setText('call-notice', PROBLEMS[problem] ?? PROBLEMS.NotReadableError);
  }
  await state.peer?.replace('video', devices.tracks.video);
  afterToggle();
}

function afterToggle() {
  showToggles();
  const media = mediaState();
  state.signaling.send({ type: 'media', ...media });
  say(`Microphone ${media.audio ? 'on' : 'off'}, camera ${media.video ? 'on' : 'off'}.`);
}

function leave() {
  state.signaling.send({ type: 'leave' });
  finish('You have left', 'You can come back as long as the session lasts.', true);
}

// Start

$('device-form').addEventListener('submit', (event) => {
  event.preventDefault();
  join();
});
$('allow').addEventListener('click', openDevices);
$('camera').addEventListener('change', (event) => pick('video', event.target.value));
$('microphone').addEventListener('change', (event) => pick('audio', event.target.value));
$('waiting-leave').addEventListener('click', leave);
$('knock-again').addEventListener('click', sendReady);
$('toggle-microphone').addEventListener('click', toggleMicrophone);
$('toggle-camera').addEventListener('click', toggleCamera);
$('leave').addEventListener('click', leave);
$('end').addEventListener('click', () => $('end-dialog').showModal());
$('end-dialog').addEventListener('close', () => {
  if ($('end-dialog').returnValue === 'end') state.signaling.send({ type: 'end' });
});
$('rejoin').addEventListener('click', () => location.reload());
navigator.mediaDevices?.addEventListener('devicechange', () => {
  if (state.step === 'devices') fillPickers();
});

// For tests that look from outside: read-only.
Object.defineProperty(window, 'rapport', {
  value: Object.freeze({
    get step() { return state.step; },
    get part() { return state.hello?.part ?? null; },
    get pc() { return state.peer?.pc ?? null; },
    get peers() { return [...state.roster.values()].map((each) => ({ ...each })); },
    get waiting() { return [...state.knocks.values()].map((each) => ({ ...each })); },
    get remoteVideo() { return $('remote'); },
  }),
});

if (state.link) {
  show('devices');
  drawLevel();
  openDevices();
} else {
  finish('This page needs a link', 'Please open the link that you were sent.', false);
}
