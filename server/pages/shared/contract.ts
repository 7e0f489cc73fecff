/**
 * The public shapes as the browser sees them: what the HTTP API answers and what the live feed pushes.
 *
 * Their types are made from docs/openapi.json by `deploy/pages.py --types`, which says of each field what it is; here
 * they get the names that the pages use. Times are RFC 3339 strings in UTC, durations are seconds.
 */
import type { Board, Branch, Counter, FeedMessage, PrintJob, Problem, Queue, Service, Session, Ticket } from "openapi";

export type {
  Board,
  Branch as BranchInfo,
  Call,
  ClockTrouble,
  Counter,
  DayTurn,
  Device,
  Devices as DevicesNow,
  DoneTicket,
  Doubt,
  Estimate,
  FeedEvent,
  IssuedTicket,
  Kiosk as KioskNow,
  Leg,
  NewToken,
  Next as NextUp,
  NoShowAfter,
  PhoneTicketsCancelled,
  PrintJob,
  PriorityClass,
  Queue,
  Printer as QueuePrinter,
  Service as ServiceInfo,
  Session,
  SignInFailures,
  Spread,
  StaffMember,
  StaffTicket,
  StatisticsRow,
  Ticket,
  TicketBrief,
  TokenBrief,
  WithdrawnService,
} from "openapi";

/** A text in each of a branch's languages: `{en: "Counter 1", id: "Loket 1"}`. */
export type Localised = Branch["name"];

export type ClosedReason = NonNullable<Service["closed_reason"]>;
export type CounterState = Counter["state"];
export type PrintJobState = PrintJob["state"];
export type Role = Session["role"];
export type Staffing = Service["staffing"];
export type TicketState = Ticket["state"];

/** A problem as the API sends it (RFC 9457), or as a page words what it met itself, perhaps without a detail. */
export type ProblemDetails = Omit<Problem, "type" | "detail"> & { detail: string | null };

/** Whether a branch is open; `last_ticket_at`: from when on no new numbers are given before it closes. */
export type Opening = Pick<Board, "open" | "opens_at" | "closes_at" | "last_ticket_at">;

/** The views of the feed and the shape each one carries. */
export interface Views {
  board: Board;
  queue: Queue;
  ticket: Ticket;
}

export type View = FeedMessage["view"];
