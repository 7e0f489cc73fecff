/**
 * Decides what is announced, and when. It knows neither sound nor screen, only their promises.
 *
 * - A call is announced when its `seq` is above all that were seen before; so no message need be seen for itself, and
 *   a recall, which gives the call a new `seq`, is announced again.
 * - What was there when the page loaded is not announced. After a lost connection it is, if the customer is still
 *   called and the call is under a minute old.
 * - A call that stands alone: chime, then the whole sentence in each language.
 * - While others wait, each sentence is the short one, and the call that was said in the fewest languages comes next:
 *   first everybody in the first language, in the order of the calls, then everybody in the second. A chime stands
 *   before each such row. At most ROW calls go before the other languages of those that were there first.
 * - Sound that fails or hangs is left out; the call is shown for its time all the same.
 * - A call that was taken back or is over is not said any more; one that was called again before it was said is said
 *   once, as it is now, in its first place; called again later, it is said again after its own announcement.
 */
import type { Board, Call } from "../../server/pages/shared/contract";
import { type Announcement, isCurrent, type Sentence, SpeakingOrder } from "./speakingOrder";

/** Where sound comes from and goes to. `S`: a sound that is ready to be played. */
export interface Sounds<S> {
  chime(): Promise<S>;
  /** The call in a language, in the short sentence while others wait; null in a language that is not spoken. */
  speech(call: Call, language: string, short: boolean): Promise<S | null>;
  /** Settles when the sound has ended. A short one may be played a little faster, to last no longer than SENTENCE. */
  play(sound: S, short: boolean): Promise<void>;
  /** Whether the browser forbids the page to sound. */
  muted(): boolean;
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

/** How long a call is shown at least, in milliseconds: alone, and while others wait. */
export const SHOWN = 6_000;
export const SHOWN_BRIEFLY = 2_000;
/** How long a short sentence lasts, in milliseconds: the server's are mostly shorter. */
export const SENTENCE = 2_100;
/** So many sounds are asked for before they are needed. */
const AHEAD = 4;
/** After a lost connection, older calls (in milliseconds) are no news any more. */
export const NEWS = 60_000;
/** How long a sound may take to come and to end, in milliseconds. The longest call lasts about ten seconds. */
export const LOADING = 5_000;
export const PLAYING = 20_000;

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
  private readonly order = new SpeakingOrder();
  private readonly loading = new Map<string, Promise<S | null>>();
  /** The call that is shown, for its whole time and for its shortest. */
  private shown: { seq: number; time: Promise<void>; least: Promise<void> } | null = null;
  private arrive: () => void = () => undefined;
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
    const news = silent
      ? []
      : board.calls.filter((call) => call.seq > this.seen && isCurrent(call) && isNews(call, board, gap));
    this.board = board;
    this.newest = seq;
    this.seen = Math.max(silent ? 0 : this.seen, ...board.calls.map((call) => call.seq));
    if (silent) this.loading.clear();
    news.sort((one, other) => one.seq - other.seq).forEach((call) => this.order.add(call));
    this.order.keep(silent ? [] : board.calls);
    if (!news.length || this.closed) return;
    this.askAhead();
    this.arrive();
    if (!this.running) void this.run();
  }

  /** Falls silent for good. */
  close(): void {
    this.closed = true;
    this.options.sounds.stop();
  }

  private get languages(): readonly string[] {
    return this.board?.languages ?? [];
  }

  private async run(): Promise<void> {
    this.running = true;
    let chimed = false;
    for (let next = this.order.begin(); next && !this.closed; next = this.order.begin()) {
      if (next.said > 0) {
        await this.sayAgain(next);
        chimed = false;
      } else {
        await this.sayFirst(next, chimed);
        chimed = true;
      }
      const stood = this.order.has(next);
      this.order.done(next, this.languages.length);
      if (stood && this.order.size === 0 && !this.closed) {
        await this.rest();
        chimed = false;
      }
    }
    this.running = false;
    this.shown = null;
    this.loading.clear();
    if (!this.closed) this.options.onCurrent(null);
  }

  /** Says a call in the first language, with a chime before it unless it follows another one in that language. */
  private async sayFirst(each: Announcement, chimed: boolean): Promise<void> {
    this.show(each.call);
    this.askAhead();
    if (!chimed)
      await this.play(
        each.call,
        this.load(each.call, "chime", () => this.options.sounds.chime()),
      );
    if (this.closed || !this.order.has(each)) return;
    await this.speak(each);
    if (this.order.size > 1 && !this.closed) await this.shown?.least;
  }

  /** Says a call in a further language, and shows it once more for as long as that sounds. */
  private async sayAgain(each: Announcement): Promise<void> {
    if (this.options.sounds.muted()) return;
    const sound = await this.speech(this.order.sentence(each));
    if (sound === null || this.closed || !this.order.has(each)) return;
    this.show(each.call);
    await this.speak(each);
  }

  /** The rest of the time for which a call is shown; less when another one comes. */
  private async rest(): Promise<void> {
    await Promise.race([this.shown?.time, new Promise<void>((resolve) => (this.arrive = resolve))]);
    if (this.order.size > 0) await this.shown?.least;
  }

  private show(call: Call): void {
    if (this.shown?.seq === call.seq) return;
    this.shown = { seq: call.seq, time: this.pause(SHOWN), least: this.pause(SHOWN_BRIEFLY) };
    this.options.onCurrent(call);
  }

  private async speak(each: Announcement): Promise<void> {
    const sentence = this.order.sentence(each);
    const sound = this.speech(sentence);
    this.askAhead();
    await this.play(sentence.call, sound, sentence.short);
  }

  private askAhead(): void {
    for (const sentence of this.order.upcoming(AHEAD)) void this.speech(sentence);
  }

  private speech({ call, language: place, short }: Sentence): Promise<S | null> {
    const language = this.languages[place];
    if (language === undefined) return Promise.resolve(null);
    return this.load(call, `${call.seq} ${language} ${short}`, () => this.options.sounds.speech(call, language, short));
  }

  /** A sound, asked for once; null when it is not to be had in time. */
  private load(call: Call, name: string, ask: () => Promise<S | null>): Promise<S | null> {
    const asked =
      this.loading.get(name) ?? this.within(LOADING, ask()).catch((fault: unknown) => this.report(call, fault));
    this.loading.set(name, asked);
    return asked;
  }

  private async play(call: Call, coming: Promise<S | null>, short = false): Promise<void> {
    const sound = await coming;
    if (sound === null || this.closed) return;
    try {
      await this.within(PLAYING, this.options.sounds.play(sound, short));
    } catch (fault) {
      this.options.sounds.stop();
      this.report(call, fault);
    }
  }

  private report(call: Call, fault: unknown): null {
    if (!this.closed) this.options.onFault?.(call, fault);
    return null;
  }

  private within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
    const late = this.pause(milliseconds).then(() => {
      throw new Error(`no sound within ${milliseconds} ms`);
    });
    return Promise.race([promise, late]);
  }
}
