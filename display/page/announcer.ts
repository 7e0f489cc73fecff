/**
 * Decides what is announced, and when. It knows neither sound nor screen, only their promises.
 *
 * - A call is announced when its `seq` is above all that were seen before; so no message need be seen for itself, and
 *   a recall, which gives the call a new `seq`, is announced again.
 * - What was there when the page loaded is not announced. After a lost connection it is, if the customer is still
 *   called and the call is under a minute old.
 * - One after another, in the order of the calls: chime, then each language. Sound that fails or hangs is left out;
 *   the call is shown for its time all the same.
 * - A call that was taken back before its turn is left out; one that was called again meanwhile is said once, as it
 *   is now, in its first place.
 * - While BACKLOG or more wait behind it, a call is said briefly: without chime, in the first spoken language alone.
 */
import type { Board, Call } from "../../server/browser/contract";

/** Where sound comes from and goes to. `S`: a sound that is ready to be played. */
export interface Sounds<S> {
  chime(): Promise<S>;
  /** The call in a language; null in one that is not spoken. */
  speech(call: Call, language: string): Promise<S | null>;
  /** Settles when the sound has ended. */
  play(sound: S): Promise<void>;
  /** Ends what is being played, at once. */
  stop(): void;
}

export interface AnnouncerOptions<S> {
  sounds: Sounds<S>;
  /** The call that is being announced, large on the wall; null when none is. */
  onCurrent: (call: Call | null) => void;
  /** A sound that was not heard, and why. The announcement went on without it. */
  onFault?: (call: Call, fault: unknown) => void;
  pause?: (milliseconds: number) => Promise<void>;
}

/** How long a call is shown at least, in milliseconds. */
export const SHOWN = 6_000;
export const SHOWN_BRIEFLY = 3_000;
/** With so many calls waiting behind it, a call is said briefly. */
export const BACKLOG = 3;
/** After a lost connection, older calls (in milliseconds) are no news any more. */
export const NEWS = 60_000;
/** How long a sound may take to come and to end, in milliseconds. The longest call lasts about ten seconds. */
export const LOADING = 5_000;
export const PLAYING = 20_000;

/** Whether the customer of this call is still expected at, or is at, its counter. */
export function isCurrent(call: Call): boolean {
  return call.state === "called" || call.state === "serving";
}

/**
 * Whether a call that was not seen before is less than a minute old. It is no older than the gap in which it came:
 * that holds for a recall, which keeps the time of its call, and for a server whose clock was set.
 */
function isNews(call: Call, board: Board, gap: number): boolean {
  const age = Date.parse(board.now) - Date.parse(call.called_at);
  return gap < NEWS || (age >= 0 && age < NEWS);
}

export class Announcer<S> {
  private board: Board | null = null;
  /** The `seq` of the newest state, and of the newest call in any state until now. */
  private newest = 0;
  private seen = 0;
  private queue: Call[] = [];
  private running = false;
  private closed = false;
  private readonly pause: (milliseconds: number) => Promise<void>;

  constructor(private readonly options: AnnouncerOptions<S>) {
    this.pause = options.pause ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  }

  /** Whether something is being announced or waits for it. */
  get busy(): boolean {
    return this.running;
  }

  /** Takes in a state of the board. `gap`: for how many milliseconds nothing was known before it. */
  take(board: Board, seq: number, gap: number): void {
    // A server whose numbers are below those seen was restored from a backup: everything there is old.
    const silent = this.board === null || seq < this.newest;
    const news = silent ? [] : board.calls.filter((call) => call.seq > this.seen && isCurrent(call) && isNews(call, board, gap));
    this.board = board;
    this.newest = seq;
    this.seen = Math.max(silent ? 0 : this.seen, ...board.calls.map((call) => call.seq));
    news.sort((one, other) => one.seq - other.seq).forEach((call) => this.enqueue(call));
    if (this.queue.length && !this.running) void this.run();
  }

  /** Falls silent for good. */
  close(): void {
    this.closed = true;
    this.queue = [];
    this.options.sounds.stop();
  }

  private enqueue(call: Call): void {
    const place = this.queue.findIndex((waiting) => waiting.id === call.id);
    if (place < 0) this.queue.push(call);
    else this.queue[place] = call;
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.queue.length) {
      const call = this.queue.shift()!;
      if (this.stillStands(call)) await this.announce(call);
    }
    this.running = false;
    if (!this.closed) this.options.onCurrent(null);
  }

  private stillStands(call: Call): boolean {
    const now = this.board?.calls.find((each) => each.id === call.id);
    return now !== undefined && now.seq === call.seq && isCurrent(now);
  }

  private async announce(call: Call): Promise<void> {
    const { sounds } = this.options;
    const brief = this.queue.length >= BACKLOG;
    this.options.onCurrent(call);
    const shown = this.pause(brief ? SHOWN_BRIEFLY : SHOWN);
    const languages = this.board?.languages ?? [];
    // All are asked for at once, so that the speech comes while the chime sounds.
    const parts: Promise<S | null>[] = brief ? [this.inFirstSpoken(call, languages)] : languages.map((language) => sounds.speech(call, language));
    if (!brief) parts.unshift(sounds.chime());
    const faults = (fault: unknown) => this.closed || this.options.onFault?.(call, fault);
    const coming = parts.map((part) => this.within(LOADING, part).catch((fault: unknown) => void faults(fault)));
    for (const part of coming) {
      const sound = await part;
      if (this.closed) return;
      if (sound === undefined || sound === null) continue;
      try {
        await this.within(PLAYING, sounds.play(sound));
      } catch (fault) {
        sounds.stop();
        faults(fault);
      }
    }
    await shown;
  }

  private async inFirstSpoken(call: Call, languages: readonly string[]): Promise<S | null> {
    for (const language of languages) {
      const sound = await this.options.sounds.speech(call, language);
      if (sound !== null) return sound;
    }
    return null;
  }

  private within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
    const late = this.pause(milliseconds).then(() => {
      throw new Error(`no sound within ${milliseconds} ms`);
    });
    return Promise.race([promise, late]);
  }
}
