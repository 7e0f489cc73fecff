/** The staff verbs as this page does them: their keys, and when each makes sense. */
import type { CounterState, NoShowAfter, StaffTicket } from "../shared/contract";

export type Action =
  | "next"
  | "recall"
  | "start"
  | "finish"
  | "no_show"
  | "park"
  | "put_back"
  | "transfer"
  | "call"
  | "issue"
  | "undo"
  | "pause"
  | "resume"
  | "close";

/** What an action on a ticket that is not at this counter may be. */
export type TicketAction = "reinstate" | "reprint" | "cancel";

/** One letter an action, its first in English where that is free; `help` shows them all. */
export const KEYS: Readonly<Record<Action | "help", string>> = {
  next: "n",
  recall: "r",
  start: "s",
  finish: "f",
  no_show: "x",
  park: "p",
  put_back: "b",
  transfer: "t",
  call: "c",
  issue: "g",
  undo: "u",
  pause: "z",
  resume: "o",
  close: "q",
  help: "?",
};

/** How a key is written on a button. */
export function keyName(action: Action | "help"): string {
  return KEYS[action].toUpperCase();
}

/** What the counter stands before: decides what may be done. */
export interface Moment {
  state: CounterState;
  ticket: StaffTicket | null;
  /** The branch counts a call as a start. */
  startOnCall: boolean;
  /** The counter pauses once this customer has left. */
  pausesAfter: boolean;
}

/** Is the customer at the counter, as far as the branch can know it? */
export function isBeingServed({ ticket, startOnCall }: Moment): boolean {
  return ticket !== null && (ticket.state === "serving" || startOnCall);
}

/** May the action be done now, were nobody else to press anything? The server decides in the end. */
export function makesSense(action: Action, moment: Moment): boolean {
  const { state, ticket } = moment;
  if (action === "undo" || action === "call" || action === "issue") return true;
  if (state !== "open") return action === "resume" || action === "close";
  switch (action) {
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
    case "pause":
      return true;
    case "close":
      return ticket === null;
    case "resume":
      return moment.pausesAfter;
  }
}

/** What is missing before a called customer may be told as not come; `seconds` are still to wait. */
export interface NoShowMissing {
  recalls: number;
  seconds: number;
}

/** The same by the branch's rule, `sinceCall` seconds after the call; null where it may be done now. */
export function noShowMissing(ticket: StaffTicket, rule: NoShowAfter, sinceCall: number): NoShowMissing | null {
  const recalls = Math.max(0, rule.recalls - recallsOf(ticket));
  const seconds = Math.max(0, Math.ceil(rule.seconds - sinceCall));
  return recalls || seconds ? { recalls, seconds } : null;
}

/** How often the customer was called again since the call. */
export function recallsOf(ticket: StaffTicket): number {
  return ticket.legs[ticket.legs.length - 1]?.recalls ?? 0;
}

/** The one obvious action, which the large button and the space bar do. */
export function primaryAction(moment: Moment): Action {
  if (moment.state !== "open") return "resume";
  return makesSense("start", moment) ? "start" : "next";
}
