/** Plays sounds one at a time, on the one audio element that a touch has allowed to sound. */
import { silence } from "./chime";

export class Player {
  private readonly audio = new Audio();
  private muted = false;
  private end: ((error?: unknown) => void) | null = null;

  /** `onMuted`: the browser began or ceased to forbid this page to sound. */
  constructor(private readonly onMuted: (muted: boolean) => void) {
    this.audio.addEventListener("ended", () => this.end?.());
    this.audio.addEventListener("error", () => this.end?.(this.audio.error ?? new Error("the sound cannot be played")));
  }

  /** Finds out whether the page may sound. From within a touch or a key, it may. */
  tryOut(): void {
    // What is being played is not disturbed; that it plays has answered the question.
    if (!this.end) this.play(silence()).catch(() => undefined);
  }

  /** Settles when the sound has ended; rejects when it cannot be played, or when another one took its place. */
  play(sound: Blob): Promise<void> {
    this.stop();
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
