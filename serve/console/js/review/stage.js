// A clip that is ready before it is shown: decoded up to its moment, stepped frame by frame.

const LEAD_S = 1.2;
const TAIL_S = 1.0;
const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");

/** One clip. url: an object URL of its bytes, so that seeking never waits for the network. */
export class Stage {
  constructor(url) {
    this.video = document.createElement("video");
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.preload = "auto";
    this.video.tabIndex = -1;
    this.fps = 25;
    this.moment = { from: 0, to: 0 };
    this.failed = false;
    this.listeners = new Set();
    this.video.addEventListener("error", () => { this.failed = true; this.tell(); });
    for (const kind of ["play", "pause", "seeked", "timeupdate", "loadeddata"]) this.video.addEventListener(kind, () => this.tell());
    this.ready = new Promise((done) => {
      this.video.addEventListener("loadeddata", done, { once: true });
      this.video.addEventListener("error", done, { once: true });
      this.video.addEventListener("emptied", done, { once: true });
    });
    this.video.src = url;
    this.closed = false;
    this.onFrame = (_, frame) => {
      this.shown = frame.mediaTime;
      this.tell();
      if (!this.closed) this.video.requestVideoFrameCallback(this.onFrame);
    };
    this.video.requestVideoFrameCallback?.(this.onFrame);
  }

  /** Where it happens: shown first, and looped around. */
  aim(moment) {
    this.moment = moment;
    this.video.currentTime = Math.max(0, moment.from - LEAD_S);
  }

  /** Frames a second as measured from the track's own times. */
  paced(fps) {
    if (fps > 0) this.fps = fps;
  }

  /** The time of the frame on screen, in seconds of the clip. */
  get time() {
    // A still frame announces itself late or not at all: where it stands follows from where it was sent.
    if (this.video.paused) return Math.floor(this.video.currentTime * this.fps + 0.01) / this.fps;
    return this.shown !== undefined && Math.abs(this.shown - this.video.currentTime) < 0.5 ? this.shown : this.video.currentTime;
  }

  /** Plays, unless the person asked for less motion. */
  begin() {
    if (!STILL.matches) this.video.play().catch(() => {});
  }

  toggle() {
    if (this.video.paused) this.video.play().catch(() => {});
    else this.video.pause();
  }

  /** Steps so many frames and stands still there. */
  step(frames) {
    this.video.pause();
    const now = Math.round(this.time * this.fps);
    this.seek((now + frames + 0.5) / this.fps);
  }

  seek(seconds) {
    this.video.currentTime = Math.max(0, Math.min(seconds, (this.video.duration || 0) - 0.001));
  }

  /** Goes back to the moment and plays it once more. */
  replay() {
    this.seek(this.moment.from - LEAD_S);
    this.begin();
  }

  /** Full speed, half, a quarter, and round again. */
  slower() {
    const next = { 1: 0.5, 0.5: 0.25, 0.25: 1 }[this.video.playbackRate] ?? 1;
    this.video.playbackRate = next;
    this.tell();
    return next;
  }

  /** Whether playing has gone past the moment; the player then starts it over. */
  get past() {
    return this.moment.to > 0 && this.video.currentTime > this.moment.to + TAIL_S;
  }

  tell() {
    this.listeners.forEach((listen) => listen());
  }

  close() {
    this.closed = true;
    this.listeners.clear();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }
}
