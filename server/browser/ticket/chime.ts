/** The sound of a call on a phone, made by the browser itself: nothing to load, nothing to be missing. */

declare global {
  interface Window {
    webkitAudioContext?: typeof AudioContext;
  }
}

/** Frequencies (Hz) of the falling chime, as in a station hall. */
const NOTES = [784, 659, 523];
const NOTE_EVERY = 0.32;
const NOTE_LASTS = 0.9;

/** Plays the chime, once a touch has allowed the page to sound. */
export class Chime {
  private readonly context: AudioContext | null;

  constructor() {
    const Context = window.AudioContext ?? window.webkitAudioContext;
    this.context = Context ? new Context() : null;
  }

  /** Whether this browser can sound at all. */
  get possible(): boolean {
    return this.context !== null;
  }

  /** Whether it may sound now. */
  get allowed(): boolean {
    return this.context?.state === "running";
  }

  /** Asks the browser for sound; only counts from within a touch or a key. */
  async allow(): Promise<void> {
    await this.context?.resume();
  }

  /** Sounds, or stays silent where that is not allowed. */
  play(): void {
    const { context } = this;
    if (!context || context.state !== "running") return;
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
}
