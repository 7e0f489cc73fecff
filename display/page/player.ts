/** Plays sounds one at a time, on the one audio element that a touch has allowed to sound. */
import { silence } from "./chime";

/** Beyond this, speech is hard to follow in a hall. */
const FASTEST = 1.25;

export class Player {
  private readonly audio = new Audio();
  private muted = false;
  /** Seconds. */
  private longest = Infinity;
  private end: ((error?: unknown) => void) | null = null;

  /** `onMuted`: the browser began or ceased to forbid this page to sound. */
  constructor(private readonly onMuted: (muted: boolean) => void) {
    // Known only now; and every new sound begins at the usual rate again.
    this.audio.addEventListener("loadedmetadata", () => {
      this.audio.playbackRate = Math.min(FASTEST, Math.max(1, this.audio.duration / this.longest));
    });
    this.audio.addEventListener("ended", () => this.end?.());
    this.audio.addEventListener("error", () => this.end?.(this.audio.error ?? new Error("the sound cannot be played")));
  }

  /** Finds out whether the page may sound. From within a touch or a key, it may. */
  tryOut(): void {
    // What is being played is not disturbed; that it plays has answered the question.
    if (!this.end) this.play(silence()).catch(() => undefined);
  }

  get isMuted(): boolean {
    return this.muted;
  }

  /**
   * Settles when the sound has ended; rejects when it cannot be played, or when another one took its place.
   * `longest`: for how many milliseconds it should last at most. A longer one is played up to FASTEST times as fast,
   * in its own pitch.
   */
  play(sound: Blob, longest = Infinity): Promise<void> {
    this.stop();
    this.longest = longest / 1000;
    return new Promise((resolve, reject) => {
      const url = URL.createObjectURL(sound);
      const end = (error?: unknown) => {
        if (this.end !== end) return;
        this.end = null;
        this.audio.removeAttribute("src");
        this.audio.load(); // lets go of the sound, which else would go on
        URL.revokeObjectURL(url);
        if (error === undefined) resolve();
        else reject(error);
      };
      this.end = end;
      this.audio.src = url;
      this.audio.play().then(
        () => this.setMuted(false),
        (error: unknown) => {
          if (error instanceof DOMException && error.name === "NotAllowedError") this.setMuted(true);
          end(error);
        },
      );
    });
  }

  stop(): void {
    this.end?.(new DOMException("Another sound took its place", "AbortError"));
  }

  private setMuted(muted: boolean): void {
    if (muted === this.muted) return;
    this.muted = muted;
    this.onMuted(muted);
  }
}
