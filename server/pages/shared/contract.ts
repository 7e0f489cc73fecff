/**
 * The public shapes as the browser sees them: what the HTTP API answers and what the live feed pushes.
 * Times are RFC 3339 strings in UTC, durations are seconds, texts for people are maps of language to text.
 */

/** A text in each of a branch's languages: `{en: "Counter 1", id: "Loket 1"}`. */
export type Localised = Record<string, string>;

export type TicketState =
  | "waiting"
  | "called"
  | "serving"
  | "parked"
  | "served"
  | "no_show"
  | "cancelled"
  | "expired";

/** One stay of a ticket in one service's queue. `outcome`: `served`, `no_show`, `transferred`, `put_back`, `parked`, … */
export interface Leg {
  service: string;
  counter: number | null;
  queued_at: string;
  called_at: string | null;
  started_at: string | null;
  ended_at: string | null;
  outcome: string | null;
  recalls: number;
}

/** An honest range for the wait still to come, in seconds. `as_of`: when it was computed. */
export interface Estimate {
  low: number;
  likely: number;
  high: number;
  as_of: string;
}

/**
 * One customer's number for one visit. `priority`: `normal`, or a class of the branch, which then has a name.
 * `counter`: where it is, or was last, called; null while it waits. `for_counter`: the only one that calls it.
 * `ahead`: how many would be called before it now. `staffing`: null unless it waits.
 * `without_counter`: it waits, and no counter calls its service any more.
 */
export interface Ticket {
  id: string;
  number: string;
  branch: string;
  service: string;
  priority: string;
  state: TicketState;
  language: string;
  issued_at: string;
  called_at: string | null;
  started_at: string | null;
  ended_at: string | null;
  counter: number | null;
  for_counter: number | null;
  legs: Leg[];
  ahead: number;
  estimate: Estimate | null;
  staffing: Staffing | null;
  without_counter: boolean;
  branch_retired: boolean;
  service_name: Localised;
  branch_name: Localised;
  timezone: string;
  priority_name: Localised | null;
  counter_name: Localised | null;
  languages: string[];
}

/** The ticket with what staff write for staff; no holder, kiosk or display gets these fields. */
export interface StaffTicket extends Ticket {
  note: string | null;
}

/** The ticket as its holder sees it, with the server's time and the branch's seq. */
export interface HolderTicket extends Ticket {
  now: string;
  seq: number;
}

/** The answer to an action at a counter. `seq`: the branch's, of that action; what the feed pushes with a lower one is older. */
export interface DoneTicket extends StaffTicket {
  seq: number;
}

/** The answer to issuing. `qr_url`: what a code for phones may hold; null where that leads to this machine alone. */
export interface IssuedTicket extends Ticket {
  token: string;
  url: string;
  qr_url: string | null;
  print_job: string | null;
}

/** The numbers that phones had taken and that left the line; with `dry_run`, those that would. */
export interface PhoneTicketsCancelled {
  cancelled: number;
  numbers: string[];
  dry_run: boolean;
}

/** A ticket as the staff's lists show it. `parked_at`: since when it is set aside. */
export interface TicketBrief {
  id: string;
  number: string;
  service: string;
  priority: string;
  state: TicketState;
  language: string;
  issued_at: string;
  queued_at: string;
  place_at: string;
  for_counter: number | null;
  without_counter: boolean;
  counter: number | null;
  called_at: string | null;
  parked_at: string | null;
  note: string | null;
}

/** What the counters that may call a ticket do; `helping`: only those that help out are open. */
export type Staffing = "open" | "helping" | "paused" | "closed";

export type CounterState = "open" | "paused" | "closed";

/** Why the policy chose a ticket; the console says it in words. */
export type Why = "moved_here" | "earliest" | "head_start" | "helping_empty" | "helping_late";

/** Whom Next would call at a counter, and why. */
export interface NextUp {
  number: string;
  why: Why;
}

/**
 * A numbered place where staff serve. `waiting`: how many wait whom it takes first. `reason`: a code of the branch's
 * `pause_reasons`, or words. `pause_after`: for what it pauses once its customer has left.
 */
export interface Counter {
  number: number;
  name: Localised;
  state: CounterState;
  reason: string | null;
  pause_after: string | null;
  agent: string | null;
  ticket: StaffTicket | null;
  services: string[];
  helps_out_with: string[];
  waiting: number;
  next: NextUp | null;
}

export type ClosedReason = "hours" | "last_ticket" | "quota" | "numbers" | "no_counter";

/**
 * What people queue for, with what a newcomer wants to know about it. `waiting`: how many wait for this service.
 * `ahead`: how many would be called before a newcomer. `opens_at`: when numbers are given again.
 */
export interface ServiceInfo {
  code: string;
  name: Localised;
  waiting: number;
  ahead: number;
  estimate: Estimate | null;
  staffing: Staffing;
  open: boolean;
  closed_reason: ClosedReason | null;
  remaining: number | null;
  opens_at: string | null;
  target_wait_minutes: number;
}

/** A service that is no longer offered, and whose last customers still wait; `counters` call them, or nobody does. */
export interface WithdrawnService {
  code: string;
  name: Localised;
  waiting: number;
  counters: number[];
  target_wait_minutes: number;
}

export interface PriorityClass {
  code: string;
  name: Localised;
  head_start_minutes: number;
}

/** Why a counter may be on a break, in the branch's own words. */
export interface PauseReason {
  code: string;
  name: Localised;
}

/** A no-show is taken after so many recalls, and so many seconds after the call. */
export interface NoShowAfter {
  recalls: number;
  seconds: number;
}

/** Whether a branch is open; `last_ticket_at`: from when on no new numbers are given before it closes. */
export interface Opening {
  open: boolean;
  opens_at: string | null;
  closes_at: string | null;
  last_ticket_at: string | null;
}

export interface BranchInfo extends Opening {
  slug: string;
  name: Localised;
  timezone: string;
  languages: string[];
  special_days: Record<string, string[][]>;
  last_ticket_minutes: number;
  services: ServiceInfo[];
  priority_classes: PriorityClass[];
  join_by_phone: boolean;
  now: string;
}

/** A branch in a list. */
export interface BranchBrief {
  slug: string;
  name: Localised;
  languages: string[];
  open: boolean;
}

/** A call as the wall shows it. `seq`: that of its last call or recall; announcers compare it. */
export interface Call {
  id: string;
  seq: number;
  number: string;
  counter: number;
  counter_name: Localised;
  service: string;
  service_name: Localised;
  called_at: string;
  recalls: number;
  state: TicketState;
}

/** What a wall display shows now, calls newest first. */
export interface Board extends Opening {
  now: string;
  calls: Call[];
  waiting: Record<string, number>;
  notice: Localised | null;
  services: ServiceInfo[];
  branch_name: Localised;
  timezone: string;
  languages: string[];
}

export type PaperState = "ok" | "near_end" | "out" | "unknown";

/** What a printer last said of itself. `paper_mm`: the roll in it, where known. `undrawn`: letters without a font. */
export interface PrinterStatus {
  online: boolean;
  paper: PaperState;
  cover_open: boolean | null;
  error: string | null;
  device: string;
  detail: string | null;
  paper_mm?: number | null;
  undrawn?: string | null;
}

/**
 * A printer as staff see it. `ready`: it would print now, as far as it says. `held`: it is offered nothing. `sends_to`:
 * the printer that gets its jobs. `trusted`: papers that lack nothing but proof count as printed. `waiting`: jobs that
 * nobody has begun. `unresolved`: papers of which nobody knows whether they came out, the latest by their numbers.
 */
export interface QueuePrinter {
  id: string;
  name: string;
  paper_mm: number | null;
  connected: boolean;
  status: PrinterStatus | null;
  status_at: string | null;
  ready: boolean;
  held: boolean;
  sends_to: string | null;
  trusted: boolean;
  waiting: number;
  unresolved: number;
  unresolved_numbers: string[];
}

/** A paper of which nobody knows whether it came out. `at`: when it was begun. `reason`: `not_cut`: at most a piece is out. */
export interface Doubt {
  job: string;
  number: string;
  printer: string | null;
  at: string;
  reprint: boolean;
  reason: "no_proof" | "not_cut" | "broken" | null;
}

/**
 * What staff see of a branch: counters, who waits in the order of the line, and who is set aside.
 * `start_on_call`: a call is a start, so that staff need not press Start.
 */
/** The server's clock cannot be believed. `behind`: work goes on at the last event's time; `ahead`: nothing is done. */
export interface ClockTrouble {
  fault: "behind" | "ahead";
  clock: string;
  last_event_at: string;
}

/**
 * What the last turn of the business day did to open tickets, for half a day where staff should know. `clock_before` and
 * `clock_after`: the clock was put ahead over the turn.
 */
export interface DayTurn {
  day: string;
  at: string;
  expired: number;
  carried: number;
  while_working: boolean;
  last_event_at: string;
  clock_before: string | null;
  clock_after: string | null;
}

export interface Queue extends Opening {
  now: string;
  counters: Counter[];
  waiting: TicketBrief[];
  parked: TicketBrief[];
  services: ServiceInfo[];
  withdrawn_services: WithdrawnService[];
  printers: QueuePrinter[];
  doubts: Doubt[];
  priority_classes: PriorityClass[];
  pause_reasons: PauseReason[];
  no_show_after: NoShowAfter;
  start_on_call: boolean;
  branch_name: Localised;
  timezone: string;
  languages: string[];
  notice: Localised | null;
  clock_trouble: ClockTrouble | null;
  day_turn: DayTurn | null;
}

export type PrintJobState = "queued" | "claimed" | "started" | "printed" | "not_sent" | "unknown" | "expired";

/**
 * A paper and what is known of it. `printable`: a printer that it is offered to, or that has begun it, prints now.
 * `resolution`: what somebody, or the branch's policy, has taken an unknown one for.
 */
export interface PrintJob {
  id: string;
  state: PrintJobState;
  ticket: string;
  number: string;
  branch: string;
  printer: string | null;
  reprint: boolean;
  printable: boolean;
  created_at: string;
  expires_at: string;
  started_at: string | null;
  ended_at: string | null;
  resolution: "printed" | "lost" | null;
  resolved_at: string | null;
}

/** A paper with the agent's words about it, and who settled it. */
export interface StaffPrintJob extends PrintJob {
  outcome_detail: string | null;
  resolved_by: string | null;
}

/**
 * What a kiosk is told of itself. `prints`: its tickets would be printed now; null: the branch has no printer.
 * `codes`: its tickets get a code for phones.
 */
export interface KioskNow {
  name: string;
  branch: string;
  printer: string | null;
  prints: boolean | null;
  codes: boolean;
}

export type Role = "agent" | "supervisor" | "admin";

/** A branch in which the account works, and as what. */
export interface OwnBranch extends BranchBrief {
  role: Role;
}

/**
 * A signed-in member of staff. `csrf_token` goes back as the `X-CSRF-Token` header; `branch`: the one in which they
 * work, null where `branches` are several; `role`: their highest; `counters`: those that this session holds.
 */
export interface Session {
  user: string;
  role: Role;
  csrf_token: string;
  branch: string | null;
  branches: OwnBranch[];
  counters: { branch: string; number: number }[];
}

/** An error as the API sends it (RFC 9457), before `api.ts` makes a `Problem` of it. */
export interface ProblemDetails {
  code: string;
  title: string;
  detail: string | null;
  status: number;
  ticket?: StaffTicket | Ticket | null;
  candidates?: string[] | null;
  opens_at?: string | null;
  closes_at?: string | null;
  possible_at?: string | null;
  recalls_missing?: number | null;
  touches?: string[] | null;
  errors?: Record<string, unknown>[] | null;
}

/** One past event, as the feed names it beside the state it led to. */
export interface FeedEvent {
  seq: number;
  type: string;
  number: string | null;
  counter: number | null;
  at: string;
}

/** The views of the feed and the shape each one carries. */
export interface Views {
  board: Board;
  queue: Queue;
  ticket: Ticket;
}

export type View = keyof Views;
