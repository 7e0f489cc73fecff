/** A chime, made by the browser itself: nothing to load, nothing to be missing. */

declare global {
  interface Window {
    webkitAudioContext?: typeof AudioContext;
  }
}

/** Frequencies (Hz) of the falling chime, as in a station hall. */
const NOTES = [784, 659, 523];
const NOTE_EVERY = 0.32;
const NOTE_LASTS = 0.9;

/** Where the wish for sound outlives a reload, such as after an upgrade of the server. */
export interface Wish {
  wanted: () => boolean;
  keep: (on: boolean) => void;
}

/** Plays the chime, if its switch has been turned on: a page that nobody asked for sound stays silent. */
export class Chime {
  private context: AudioContext | null = null;
  private wanted: boolean;

  /** `changed` is told whether it would be heard now. */
  constructor(
    private readonly wish: Wish,
    private readonly changed: (sounding: boolean) => void,
  ) {
    this.wanted = wish.wanted();
    if (this.wanted) this.begin();
  }

  /** Whether this browser can sound at all. */
  get possible(): boolean {
    return (window.AudioContext ?? window.webkitAudioContext) !== undefined;
  }

  /** Whether it would be heard now: it is wanted, and the browser allows it. */
  get sounding(): boolean {
    return this.wanted && this.context?.state === "running";
  }

  /** Turns it on or off; counts only from within a touch or a key. It is heard once when it comes on. */
  turn(on: boolean): void {
    this.wanted = on;
    this.wish.keep(on);
    this.changed(this.sounding);
    if (on)
      void this.begin()
        ?.resume()
        .then(() => this.play());
  }

  /** A touch anywhere: who wanted sound before a reload is asked for no other by the browser. */
  touched(): void {
    if (this.wanted && !this.sounding) void this.context?.resume();
  }

  /** Sounds, or stays silent where that is not wanted or not allowed. */
  play(): void {
    const { context } = this;
    if (!context || !this.sounding) return;
    NOTES.forEach((frequency, index) => {
      const start = context.currentTime + index * NOTE_EVERY;
      const gain = context.createGain();
      gain.gain.setValueAtTime(0.0001, start);
      gain.gain.exponentialRampToValueAtTime(0.6, start + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + NOTE_LASTS);
      const tone = context.createOscillator();
      tone.type = "triangle";
      tone.frequency.value = frequency;
      tone.connect(gain).connect(context.destination);
      tone.start(start);
      tone.stop(start + NOTE_LASTS);
    });
  }

  private begin(): AudioContext | null {
    const Context = window.AudioContext ?? window.webkitAudioContext;
    if (!this.context && Context) {
      this.context = new Context();
      this.context.addEventListener("statechange", () => this.changed(this.sounding));
    }
    return this.context;
  }
}
