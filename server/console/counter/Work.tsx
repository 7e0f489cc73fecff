/** The work at one counter: the customer who is here, the deeds, and who waits. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ServerClock } from "../../browser/clock";
import { COUNTER_ICONS, Icon } from "../../browser/components/Icon";
import type { Counter } from "../../browser/contract";
import type { FeedMessage } from "../../browser/feed";
import { remember, remembered } from "../remembered";
import type { Staff } from "../StaffPage";
import { useWords } from "../words";
import { Actions, type Opened } from "./Actions";
import { stateText } from "./ChooseCounter";
import { Current } from "./Current";
import { type Deed, KEYS, makesSense, primaryDeed } from "./deeds";
import { CloseDialog } from "./dialogs/CloseDialog";
import { NumberDialog } from "./dialogs/NumberDialog";
import { KeysDialog } from "./dialogs/KeysDialog";
import { ReasonDialog } from "./dialogs/ReasonDialog";
import { TransferDialog } from "./dialogs/TransferDialog";
import { Aside, HandledTickets } from "./Lists";
import { ForYou, isFor, Line } from "./Line";
import { PapersInDoubt, PrinterTrouble } from "./PrinterTrouble";
import { Saying } from "./Saying";
import { useCounter } from "./useCounter";
import { useKeys } from "./useKeys";

interface WorkProps {
  staff: Staff;
  counter: Counter;
  message: FeedMessage<"queue">;
  live: boolean;
  clock: ServerClock;
}

/** How long the large button keeps still after a press, so that the second half of a double press does nothing. */
const SETTLES = 400;

export function Work({ staff, counter, message, live, clock }: WorkProps) {
  const words = useWords();
  const work = useCounter({ staff, counter, message, live, clock });
  const { moment, busy } = work;
  const [opened, setOpened] = useState<Opened>(null);
  const [letters, setLetters] = useState(() => remembered("shortcuts") !== "off");
  const [settling, setSettling] = useState(false);
  const primary = useRef<HTMLButtonElement>(null);
  const queue = message.state;

  useLayoutEffect(() => primary.current?.focus(), []);
  /** After each deed the large button has the focus, so that the space bar always means the obvious next one. */
  const then = (deed: Promise<boolean>) =>
    void deed.then(() => {
      setOpened(null);
      primary.current?.focus();
    });

  const press = (deed: Deed) => {
    if (!live || busy) return;
    if (!makesSense(deed, moment)) {
      if (deed === "next" && moment.ticket) work.explain(words.text("console.start_first", { number: moment.ticket.number }));
      if ((deed === "close" || deed === "pause") && moment.ticket) work.explain(words.text("console.stay_ticket", { number: moment.ticket.number }));
      return;
    }
    switch (deed) {
      case "next":
        return then(work.next());
      case "undo":
        return then(work.undo());
      case "resume":
        return then(work.resume());
      case "close":
        return queue.waiting.some((each) => isFor(each, counter)) ? setOpened(deed) : then(work.close());
      case "park":
      case "transfer":
      case "pause":
      case "call":
        return setOpened(deed);
      default:
        return then(work.simple(deed));
    }
  };
  const pressPrimary = () => {
    if (settling || busy || !live) return;
    setSettling(true);
    setTimeout(() => setSettling(false), SETTLES);
    press(primaryDeed(moment));
  };

  const byLetter = Object.fromEntries((Object.keys(KEYS) as (keyof typeof KEYS)[]).map((each) => [KEYS[each], () => (each === "help" ? setOpened("help") : press(each))]));
  useKeys({ ...(letters ? byLetter : {}), " ": pressPrimary });

  const cancel = () => setOpened(null);
  return (
    <main class="work">
      <section class="work__here" aria-label={words.text("console.this_counter")}>
        <div class="work__title">
          <h1>{words.name(counter.name)}</h1>
          <span class={`state state--${counter.state}`}>
            <Icon name={COUNTER_ICONS[counter.state]} />
            {stateText(words, counter)}
          </span>
          {counter.reason && <span class="soft">{counter.reason}</span>}
          <button type="button" class="button button--quiet work__help" onClick={() => setOpened("help")}>
            {letters && <kbd>?</kbd>}
            <span>{words.text("console.keys")}</span>
          </button>
        </div>
        <Current work={work} queue={queue} branch={staff.branch} clock={clock} />
        <Actions work={work} live={live} letters={letters} settling={settling} primary={primary} press={press} pressPrimary={pressPrimary} />
        <Saying work={work} clock={clock} letters={letters} live={live} undo={() => press("undo")} />
      </section>
      <aside class="work__line" aria-label={words.text("console.the_line")}>
        <PrinterTrouble printers={queue.printers} />
        <PapersInDoubt staff={staff} queue={queue} live={live} settled={() => primary.current?.focus()} />
        <Line queue={queue} counter={counter} branch={staff.branch} clock={clock} />
        <Aside queue={queue} work={work} clock={clock} live={live} then={then} />
        <ForYou queue={queue} counter={counter} branch={staff.branch} clock={clock} />
        <HandledTickets work={work} live={live} then={then} />
      </aside>
      {opened === "help" && (
        <KeysDialog
          letters={letters}
          setLetters={(on) => {
            remember("shortcuts", on ? "on" : "off");
            setLetters(on);
          }}
          close={cancel}
        />
      )}
      {opened === "call" && <NumberDialog parked={queue.parked} work={work} live={live} then={then} close={cancel} />}
      {opened === "close" && <CloseDialog counter={counter} queue={queue} live={live} letters={letters} send={() => then(work.close())} close={cancel} />}
      {opened === "transfer" && <TransferDialog staff={staff} queue={queue} work={work} live={live} then={then} close={cancel} />}
      {opened === "park" && (
        <ReasonDialog title={words.text("console.park_title", { number: moment.ticket?.number ?? "" })} hint={words.text("console.park_hint")} label={words.text("console.note_optional")} suggestions={[words.text("console.park_reason_form"), words.text("console.park_reason_copy"), words.text("console.park_reason_pay")]} confirm={words.text("console.deed_park")} live={live} send={(reason) => then(work.park(reason))} close={cancel} />
      )}
      {opened === "pause" && (
        <ReasonDialog title={words.text("console.pause_title")} hint={words.text("console.pause_hint")} label={words.text("console.reason")} required suggestions={[words.text("console.pause_reason_break"), words.text("console.pause_reason_pray"), words.text("console.pause_reason_back_office")]} confirm={words.text("console.deed_pause")} live={live} send={(reason) => then(work.pause(reason))} close={cancel} />
      )}
    </main>
  );
}
