/**
 * The actions as buttons, each with its key. Those that make no sense now stay in their place and say why when pressed.
 */
import type { RefObject } from "preact";

import type { ServerClock } from "../shared/clock";
import { Icon, type IconName } from "../shared/components/Icon";
import { useNow } from "../shared/components/useNow";
import type { NoShowAfter } from "../shared/contract";
import {
  type Action,
  isBeingServed,
  keyName,
  makesSense,
  type NoShowMissing,
  noShowMissing,
  primaryAction,
} from "./counterActions";
import { useWords } from "./translations";
import type { AtWork } from "./useCounter";
import { noShowText } from "./whyNot";

/** Which dialog is open. */
export type Opened = "help" | "call" | "issue" | "transfer" | "park" | "pause" | "close" | null;

const ICONS: Readonly<Record<Action, IconName>> = {
  next: "bell",
  recall: "repeat",
  start: "person",
  finish: "check",
  no_show: "absent",
  park: "pause",
  put_back: "people",
  transfer: "swap",
  call: "search",
  issue: "paper",
  undo: "back",
  pause: "pause",
  resume: "check",
  close: "lock",
};

const WITH_TICKET: readonly Action[] = ["recall", "finish", "no_show", "transfer", "park", "put_back"];
const WITHOUT_TICKET: readonly Action[] = ["call", "issue", "pause", "close"];

interface ActionsProps {
  work: AtWork;
  clock: ServerClock;
  rule: NoShowAfter;
  live: boolean;
  /** Single letters are switched on: the hints are shown. */
  letters: boolean;
  settling: boolean;
  primary: RefObject<HTMLButtonElement | null>;
  press: (action: Action) => void;
  pressPrimary: () => void;
}

export function Actions({ work, clock, rule, live, letters, settling, primary, press, pressPrimary }: ActionsProps) {
  const words = useWords();
  const { moment, busy } = work;
  const main = primaryAction(moment);
  const atWork = moment.state === "open" && moment.ticket !== null;
  const actions =
    moment.state !== "open" ? (["call", "issue", "close"] as const) : atWork ? WITH_TICKET : WITHOUT_TICKET;
  const label =
    main === "next" && isBeingServed(moment)
      ? words.text(moment.pausesAfter ? "counter.action_finish_pause" : "console.action_finish_next")
      : words.text(`console.action_${main}` as "console.action_next");
  const missing = useNoShowMissing(work, clock, rule);

  const button = (action: Action, name: string) => (
    <button
      type="button"
      class="button button--wide"
      aria-disabled={
        !live || busy !== null || !makesSense(action, moment) || (action === "no_show" && missing !== null)
      }
      aria-keyshortcuts={letters ? keyName(action) : undefined}
      data-action={action}
      onClick={() => press(action)}
    >
      <Icon name={ICONS[action]} />
      <span>
        {name}
        {action === "no_show" && missing && <span class="actions__when small">{noShowText(words, missing)}</span>}
      </span>
      {letters && <kbd>{keyName(action)}</kbd>}
    </button>
  );
  const named = (action: Action) => words.text(`console.action_${action}` as "console.action_next");
  return (
    <div class="actions">
      <button
        type="button"
        class={`button button--primary actions__main${settling && live && !busy ? " actions__main--settling" : ""}`}
        ref={primary}
        aria-disabled={!live || busy !== null || settling}
        aria-keyshortcuts={letters ? `Space ${keyName(main)}` : "Space"}
        data-action={main}
        onClick={pressPrimary}
      >
        <Icon name={ICONS[main]} />
        <span>
          {live ? (busy === main ? words.text("console.sending") : label) : words.text("console.not_live_button")}
        </span>
        <kbd>{words.text("console.key_space")}</kbd>
        {letters && <kbd>{keyName(main)}</kbd>}
      </button>
      <ul class="actions__more">
        {actions.map((action) => (
          <li key={action}>{button(action, named(action))}</li>
        ))}
      </ul>
    </div>
  );
}

interface ToolProps {
  action: Action;
  name: string;
  work: AtWork;
  live: boolean;
  letters: boolean;
  press: (action: Action) => void;
}

/** An action that is less often wanted with a customer there: small, and beside what it is about. */
export function Tool({ action, name, work, live, letters, press }: ToolProps) {
  return (
    <button
      type="button"
      class="button button--small"
      aria-disabled={!live || work.busy !== null}
      aria-keyshortcuts={letters ? keyName(action) : undefined}
      data-action={action}
      onClick={() => press(action)}
    >
      <Icon name={ICONS[action]} />
      <span>{name}</span>
      {letters && <kbd>{keyName(action)}</kbd>}
    </button>
  );
}

/** What is missing now before "did not come"; counts down by itself. */
function useNoShowMissing({ moment }: AtWork, clock: ServerClock, rule: NoShowAfter): NoShowMissing | null {
  useNow(clock);
  const { ticket } = moment;
  return ticket?.state === "called" && ticket.called_at
    ? noShowMissing(ticket, rule, clock.age(ticket.called_at))
    : null;
}
