/** The deeds as buttons, each with its key. Those that make no sense now stay in their place and say so. */
import type { RefObject } from "preact";
import { Icon, type IconName } from "../../browser/components/Icon";
import { useWords } from "../words";
import { type Deed, isBeingServed, keyName, makesSense, primaryDeed } from "./deeds";
import type { AtWork } from "./useCounter";

/** Which dialog is open. */
export type Opened = "help" | "call" | "transfer" | "park" | "pause" | "close" | null;

const ICONS: Readonly<Record<Deed, IconName>> = {
  next: "bell",
  recall: "repeat",
  start: "person",
  finish: "check",
  no_show: "absent",
  park: "pause",
  put_back: "people",
  transfer: "swap",
  call: "bell",
  undo: "back",
  pause: "pause",
  resume: "check",
  close: "lock",
};

const WITH_TICKET: readonly Deed[] = ["recall", "finish", "no_show", "transfer", "park", "put_back"];
const WITHOUT_TICKET: readonly Deed[] = ["call", "pause", "close"];

interface ActionsProps {
  work: AtWork;
  live: boolean;
  /** Single letters are switched on: the hints are shown. */
  letters: boolean;
  settling: boolean;
  primary: RefObject<HTMLButtonElement | null>;
  press: (deed: Deed) => void;
  pressPrimary: () => void;
}

export function Actions({ work, live, letters, settling, primary, press, pressPrimary }: ActionsProps) {
  const words = useWords();
  const { moment, busy } = work;
  const main = primaryDeed(moment);
  const deeds = moment.state !== "open" ? (["close"] as const) : moment.ticket ? WITH_TICKET : WITHOUT_TICKET;
  const label = main === "next" && isBeingServed(moment) ? words.text("console.deed_finish_next") : words.text(`console.deed_${main}` as "console.deed_next");
  return (
    <div class="actions">
      <button type="button" class={`button button--primary actions__main${settling && live && !busy ? " actions__main--settling" : ""}`} ref={primary} aria-disabled={!live || busy !== null || settling} aria-keyshortcuts={letters ? `Space ${keyName(main)}` : "Space"} data-deed={main} onClick={pressPrimary}>
        <Icon name={ICONS[main]} />
        <span>{live ? (busy === main ? words.text("console.sending") : label) : words.text("console.not_live_button")}</span>
        <kbd>{words.text("console.key_space")}</kbd>
        {letters && <kbd>{keyName(main)}</kbd>}
      </button>
      <ul class="actions__more">
        {deeds.map((deed) => (
          <li key={deed}>
            <button type="button" class="button button--wide" aria-disabled={!live || busy !== null || !makesSense(deed, moment)} aria-keyshortcuts={letters ? keyName(deed) : undefined} data-deed={deed} onClick={() => press(deed)}>
              <Icon name={ICONS[deed]} />
              <span>{words.text(`console.deed_${deed}` as "console.deed_next")}</span>
              {letters && <kbd>{keyName(deed)}</kbd>}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
