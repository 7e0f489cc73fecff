/** Makes a call hard to miss on a phone: sound, vibration, and the title of the tab. */
import { useEffect, useState } from "preact/hooks";

import { Chime, type Wish } from "../shared/chime";
import type { FeedEvent, Ticket } from "../shared/contract";
import { placeText } from "../shared/line";
import { keep, kept } from "../shared/storage";
import { useWords } from "./translations";

export interface Attention {
  /** Whether this browser can sound at all, and whether a call would be heard now. */
  canSound: boolean;
  sounding: boolean;
  /** To be called from a touch: turns the sound on, and lets it be heard once, or off. */
  turnSound: (on: boolean) => void;
}

const SOUND = "giliran.ticket.sound";
/** The wish for sound outlives a reload, not the visit. */
const WISH: Wish = {
  wanted: () => kept("session", SOUND) === "on",
  keep: (on) => keep("session", SOUND, on ? "on" : "off"),
};

const VIBRATION = [500, 200, 500, 200, 900];
/** A phone in a bag may be heard only the second or third time; then it is enough. */
const TIMES = 4;
const EVERY = 7_000;

/** Sounds and vibrates for each call and recall of this ticket until it is started, and keeps the title true. */
export function useAttention(ticket: Ticket, lastCall: FeedEvent | null): Attention {
  const words = useWords();
  const [sounding, setSounding] = useState(false);
  const [chime] = useState(() => new Chime(WISH, setSounding));
  const called = ticket.state === "called";
  const call = called ? `${ticket.called_at} ${lastCall?.seq}` : null;

  useEffect(() => {
    const touched = () => chime.touched();
    document.addEventListener("click", touched);
    return () => document.removeEventListener("click", touched);
  }, [chime]);

  useEffect(() => {
    if (!call) return undefined;
    let left = TIMES;
    const alert = () => {
      chime.play();
      navigator.vibrate?.(VIBRATION);
      if (--left === 0) clearInterval(repeat);
    };
    const repeat = setInterval(alert, EVERY);
    const seen = () => clearInterval(repeat);
    alert();
    document.addEventListener("click", seen);
    return () => {
      clearInterval(repeat);
      document.removeEventListener("click", seen);
      navigator.vibrate?.(0);
    };
  }, [call, chime]);

  const title = titleOf(ticket, words);
  useEffect(() => {
    document.title = title;
  }, [title]);

  return { canSound: chime.possible, sounding, turnSound: (on) => chime.turn(on) };
}

function titleOf(ticket: Ticket, words: ReturnType<typeof useWords>): string {
  const { number } = ticket;
  switch (ticket.state) {
    case "called":
      return words.text("ticket.title_called", {
        number,
        counter: ticket.counter_name ? words.name(ticket.counter_name) : "",
      });
    case "waiting":
      if (ticket.without_counter) return `${number} · ${words.text("ticket.without_counter")}`;
      return `${number} · ${placeText(words, ticket)}`;
    default:
      return `${number} · ${words.text(`common.state_${ticket.state}`)}`;
  }
}
