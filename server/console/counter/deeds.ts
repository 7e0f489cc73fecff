/** The staff verbs as this page does them: their keys, and when each makes sense. */
import type { CounterState, StaffTicket } from "../../browser/contract";

export type Deed =
  | "next"
  | "recall"
  | "start"
  | "finish"
  | "no_show"
  | "park"
  | "put_back"
  | "transfer"
  | "call"
  | "undo"
  | "pause"
  | "resume"
  | "close";

/** One letter a deed, its first in English where that is free; `help` shows them all. */
export const KEYS: Readonly<Record<Deed | "help", string>> = {
  next: "n",
  recall: "r",
  start: "s",
  finish: "f",
  no_show: "x",
  park: "p",
  put_back: "b",
  transfer: "t",
  call: "c",
  undo: "u",
  pause: "z",
  resume: "o",
  close: "q",
  help: "?",
};

/** How a key is written on a button. */
export function keyName(deed: Deed | "help"): string {
  return KEYS[deed].toUpperCase();
}

/** What the counter stands before: decides what may be done. */
export interface Moment {
  state: CounterState;
  ticket: StaffTicket | null;
  /** The branch counts a call as a start. */
  startOnCall: boolean;
}

/** Is the customer at the counter, as far as the branch can know it? */
export function isBeingServed({ ticket, startOnCall }: Moment): boolean {
  return ticket !== null && (ticket.state === "serving" || startOnCall);
}

/** May the deed be done now, were nobody else to press anything? The server decides in the end. */
export function makesSense(deed: Deed, moment: Moment): boolean {
  const { state, ticket } = moment;
  if (state !== "open") return deed === "resume" || deed === "close";
  switch (deed) {
    case "next":
      return !ticket || isBeingServed(moment);
    case "recall":
    case "no_show":
      return ticket?.state === "called";
    case "start":
      return ticket?.state === "called" && !moment.startOnCall;
    case "finish":
      return isBeingServed(moment);
    case "park":
    case "put_back":
    case "transfer":
      return ticket !== null;
    case "call":
    case "pause":
    case "close":
      return ticket === null;
    case "resume":
      return false;
    case "undo":
      return true;
  }
}

/** The one obvious deed, which the large button and the space bar do. */
export function primaryDeed(moment: Moment): Deed {
  if (moment.state !== "open") return "resume";
  return makesSense("start", moment) ? "start" : "next";
}
