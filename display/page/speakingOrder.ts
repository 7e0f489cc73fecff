/** In which order calls are said that wait for it: everybody in the first language before anybody in the second. */
import type { Call } from "../../server/pages/shared/contract";

/** So many calls at most go in their first language before those that wait for another one. */
export const ROW = 20;

/** A call that is to be said. */
export interface Announcement {
  call: Call;
  /** In how many of the languages it has been said. */
  said: number;
  /** It is being said, or has been in some language. */
  begun: boolean;
  /** Others waited when it was said: it is said shortly in every language. */
  short: boolean;
}

/** A sentence that is to be said. `language`: its place among those of the branch. */
export interface Sentence {
  call: Call;
  language: number;
  short: boolean;
}

/** Whether the customer of this call is still expected at, or is at, its counter. */
export function isCurrent(call: Call): boolean {
  return call.state === "called" || call.state === "serving";
}

export class SpeakingOrder {
  private waiting: Announcement[] = [];
  /** How many began since nobody waited for another language. */
  private row = 0;

  /** How many calls have something left to be said. */
  get size(): number {
    return this.waiting.length;
  }

  /** Adds a call behind the others. One that was called again before it was said keeps its place, as it is now. */
  add(call: Call): void {
    const unsaid = this.waiting.find((each) => each.call.id === call.id && !each.begun);
    if (unsaid) unsaid.call = call;
    else this.waiting.push({ call, said: 0, begun: false, short: false });
  }

  /** Leaves out what the calls of the board no longer have as it was: taken back, over, or moved to another counter. */
  keep(calls: readonly Call[]): void {
    this.waiting = this.waiting.filter(({ call }) => {
      const now = calls.find((each) => each.id === call.id);
      return now !== undefined && now.counter === call.counter && isCurrent(now);
    });
  }

  has(announcement: Announcement): boolean {
    return this.waiting.includes(announcement);
  }

  /** What is to be said next, begun with this; undefined when nothing is. */
  begin(): Announcement | undefined {
    const [next] = this.inOrder();
    if (next && !next.begun) {
      this.row = this.waiting.some((each) => each.said > 0) ? this.row + 1 : 1;
      next.begun = true;
    }
    return next;
  }

  /** What is to be said now of an announcement that was begun. */
  sentence(announcement: Announcement): Sentence {
    announcement.short = announcement.short || this.waiting.length > 1;
    return { call: announcement.call, language: announcement.said, short: announcement.short };
  }

  /** One more language is done, of as many as there are. */
  done(announcement: Announcement, languages: number): void {
    announcement.said += 1;
    if (announcement.said >= languages) this.waiting = this.waiting.filter((each) => each !== announcement);
    if (!this.waiting.some((each) => each.said > 0)) this.row = 0;
  }

  /** What comes next if nothing changes. */
  upcoming(count: number): Sentence[] {
    const order = this.inOrder();
    const shortly = this.waiting.length > 1;
    const passes = [0, 1].map((later) =>
      order.map(({ call, said, short }) => ({ call, language: said + later, short: short || shortly })),
    );
    return passes.flat().slice(0, count);
  }

  private inOrder(): Announcement[] {
    // A call that was called again waits until its own announcement is through.
    const free = this.waiting.filter(
      (each, place) => this.waiting.findIndex(({ call }) => call.id === each.call.id) === place,
    );
    const full = this.row >= ROW;
    const rank = ({ said }: Announcement) => (full && said === 0 ? Infinity : said);
    return free.sort((one, other) => (rank(one) === rank(other) ? 0 : rank(one) - rank(other)));
  }
}
