/** What decides on the wall, laid open for the tests: bundled into one script that sets `window.wall`. */
import type { Board, Call } from "../../server/pages/shared/contract";
import { Announcer } from "../../display/page/announcer";
import { choose } from "../../display/page/choice";
import { pagesOf } from "../../display/page/paging";

/** One line of the journal: what happened, and at which second. */
type Line = [what: string, second: number];

/**
 * An announcer in a time of its own. Every sound lasts one second, unless `lasts` has another length (seconds) for
 * "chime", "whole" or "short", but for those that a test breaks: `broken[sound]` is "silent" (cannot be fetched), "slow" (never comes), "refused" (cannot be played) or "endless".
 * `broken.page` is "muted" where the browser lets nothing sound. `unspoken`: the languages that have no voice.
 * `journal` has when a call was shown ("A001", then "nobody"), and when each sound began and ended.
 */
function hall(broken: Record<string, string> = {}, unspoken: readonly string[] = [], lasts: Record<string, number> = {}) {
  const journal: Line[] = [];
  const faults: string[] = [];
  const timers: { at: number; ring: () => void }[] = [];
  let now = 0;
  const pause = (milliseconds: number) => new Promise<void>((ring) => timers.push({ at: now + milliseconds, ring }));
  const note = (what: string) => journal.push([what, now / 1000]);
  const settle = () => new Promise((resolve) => setTimeout(resolve));

  const get = (sound: string): Promise<string> => {
    if (broken[sound] === "silent") return Promise.reject(new Error(`${sound} is silent`));
    return broken[sound] === "slow" ? new Promise(() => undefined) : Promise.resolve(sound);
  };
  const announcer = new Announcer<string>({
    sounds: {
      chime: () => get("chime"),
      speech: (call, language) => (unspoken.includes(language) ? Promise.resolve(null) : get(`${call.number} ${call.counter} ${language}`)),
      muted: () => broken.page === "muted",
      play: async (sound, short) => {
        if (broken[sound] === "refused" || broken.page === "muted") throw new Error(`${sound} was refused`);
        note(`${sound} begins`);
        if (broken[sound] === "endless") await new Promise(() => undefined);
        await pause(1000 * (lasts[sound === "chime" ? sound : short ? "short" : "whole"] ?? 1));
        note(`${sound} ends`);
      },
      stop: () => note("stopped"),
    },
    onCurrent: (call) => note(call?.number ?? "nobody"),
    onFault: (_call, fault) => faults.push((fault as Error).message),
    pause,
  });

  return {
    announcer,
    journal,
    faults,
    take: (board: Board, seq: number, gap = 0) => announcer.take(board, seq, gap),
    /** Lets so many seconds pass. */
    async pass(seconds: number): Promise<Line[]> {
      const until = now + seconds * 1000;
      await settle();
      for (;;) {
        timers.sort((one, other) => one.at - other.at);
        if (!timers.length || timers[0]!.at > until) break;
        const timer = timers.shift()!;
        now = timer.at;
        timer.ring();
        await settle();
      }
      now = until;
      return journal;
    },
  };
}

const numbers = (calls: Call[]) => calls.map((call) => call.number);

const wall = {
  hall,
  pagesOf,
  choose(board: Board, announced: Call | null, live = true) {
    const { main, recent, columns } = choose(board, announced, live);
    return { main: main?.number ?? null, recent: numbers(recent), columns };
  },
};

declare global {
  interface Window {
    wall: typeof wall;
    show: ReturnType<typeof hall>;
  }
}
window.wall = wall;
