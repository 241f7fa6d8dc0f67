// A websocket that plays a recorded room, for looks and accessibility: the page cannot tell it from a
// server. `window.recorded.say(type, data, seq)` lets something happen, `.cut()` takes the line away.
(() => {
  const Real = window.WebSocket;
  const recorded = { snapshot: null, sent: [], socket: null, down: false };
  window.recorded = recorded;

  /** A real peer connection in the same page answers offers, so that the stage is really connected. */
  async function answer(sdp) {
    const peer = new RTCPeerConnection();
    const context = new AudioContext();
    const silence = context.createMediaStreamDestination();
    peer.addTrack(silence.stream.getAudioTracks()[0]);
    await peer.setRemoteDescription({ type: "offer", sdp });
    await peer.setLocalDescription(await peer.createAnswer());
    await new Promise((resolve) => {
      if (peer.iceGatheringState === "complete") resolve();
      peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && resolve();
    });
    // The page sends no candidates after its offer; this side finds it by the page's own checks.
    recorded.peer = peer;
    return peer.localDescription.sdp;
  }

  class Played extends EventTarget {
    readyState = 0;

    constructor() {
      super();
      recorded.socket = this;
      setTimeout(() => (recorded.down ? this.close(1006) : this.#open()), 5);
    }

    #open() {
      this.readyState = 1;
      this.onopen?.();
    }

    async send(text) {
      const { type, id, data } = JSON.parse(text);
      recorded.sent.push({ type, data });
      if (type === "hello") this.#tell({ type: "snapshot", at: "", data: recorded.snapshot });
      const told = { "media.offer": async () => ({ sdp: await answer(data.sdp), epoch: 1 }),
        "roster.search": async () => ({ listeners: recorded.snapshot.listeners.map((person) => ({ participant: `p-${person.id}`, person })) }) };
      this.#tell({ type: "ack", id, data: await told[type]?.() });
    }

    #tell(frame) {
      if (this.readyState === 1) this.onmessage?.({ data: JSON.stringify(frame) });
    }

    say(frame) {
      this.#tell(frame);
    }

    close(code = 1000) {
      this.readyState = 3;
      this.onclose?.({ code });
    }
  }
  Object.assign(Played, { OPEN: 1, CONNECTING: 0, CLOSED: 3 });

  window.WebSocket = function (url, protocols) {
    return String(url).includes("/ws/rooms/") ? new Played() : new Real(url, protocols);
  };
  Object.assign(window.WebSocket, { OPEN: 1, CONNECTING: 0, CLOSED: 3 });
  // Nobody answers: the sound neither comes nor fails while the page is looked at.
  const fetched = window.fetch;
  window.fetch = (url, options) => (String(url).includes("/live/") ? new Promise(() => {}) : fetched(url, options));
  recorded.say = (type, data, numbered = true) => {
    const seq = numbered ? { seq: ++recorded.snapshot.seq } : {};
    recorded.socket.say({ type, ...seq, at: "", data });
  };
  recorded.cut = () => {
    recorded.down = true;
    recorded.socket.close(1006);
  };
})();
