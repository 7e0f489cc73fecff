/** The work at one counter: the customer who is here, the actions, and who waits. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { ServerClock } from "../shared/clock";
import { COUNTER_ICONS, Icon } from "../shared/components/Icon";
import type { Counter } from "../shared/contract";
import type { FeedMessage } from "../shared/feed";
import { stateText } from "../staff/counterState";
import { reasonText } from "../staff/pauseReasons";
import { PapersInDoubt, PrinterTrouble } from "../staff/PrinterTrouble";
import { remember, remembered } from "../staff/remembered";
import type { Staff } from "../staff/StaffPage";
import { Actions, type Opened, Tool } from "./Actions";
import { type Action, KEYS, makesSense, noShowMissing, primaryAction } from "./counterActions";
import { Current } from "./Current";
import { CloseDialog } from "./dialogs/CloseDialog";
import { IssueDialog } from "./dialogs/IssueDialog";
import { KeysDialog } from "./dialogs/KeysDialog";
import { NumberDialog } from "./dialogs/NumberDialog";
import { PauseDialog } from "./dialogs/PauseDialog";
import { ReasonDialog } from "./dialogs/ReasonDialog";
import { TransferDialog } from "./dialogs/TransferDialog";
import { ForYou, isFor, Line } from "./Line";
import { Aside, HandledTickets } from "./Lists";
import { Saying } from "./Saying";
import { useWords } from "./translations";
import { useArrivals } from "./useArrivals";
import { useCounter } from "./useCounter";
import { useKeys } from "./useKeys";
import { noShowText, whyNot } from "./whyNot";

interface WorkProps {
  staff: Staff;
  counter: Counter;
  message: FeedMessage<"queue">;
  live: boolean;
  clock: ServerClock;
}

const PARK_REASONS = ["console.park_reason_form", "console.park_reason_copy", "console.park_reason_pay"] as const;

/** How long the large button keeps still after a press, so that the second half of a double press does nothing. */
const SETTLES = 400;

export function Work({ staff, counter, message, live, clock }: WorkProps) {
  const words = useWords();
  const work = useCounter({ staff, counter, message, live, clock });
  const { moment, busy } = work;
  const [opened, setOpened] = useState<Opened>(null);
  /** The number with which the dialog about one begins. */
  const [sought, setSought] = useState("");
  const arrivals = useArrivals(counter);
  const [letters, setLetters] = useState(() => remembered("shortcuts") !== "off");
  const [settling, setSettling] = useState(false);
  const primary = useRef<HTMLButtonElement>(null);
  const queue = message.state;

  useLayoutEffect(() => primary.current?.focus(), []);
  /** After each action the large button has the focus, so that the space bar always means the obvious next one. */
  const then = (action: Promise<boolean>) =>
    void action.then(() => {
      setOpened(null);
      primary.current?.focus();
    });
  /** The same, but the dialog stays open where it was refused, and says why. */
  const thenIfDone = (action: Promise<boolean>) => void action.then((done) => done && then(Promise.resolve(true)));
  const seek = (number: string) => {
    setSought(number);
    setOpened("call");
  };

  const press = (action: Action) => {
    if (!live) return work.explain(words.text("counter.why_not_live"));
    if (busy) return work.explain(words.text("counter.why_busy"));
    if (!makesSense(action, moment)) return work.explain(whyNot(words, action, moment));
    const { ticket } = moment;
    if (action === "no_show" && ticket?.called_at) {
      const missing = noShowMissing(ticket, queue.no_show_after, clock.age(ticket.called_at));
      if (missing)
        return work.explain(
          words.text("counter.no_show_early", { number: ticket.number, when: noShowText(words, missing) }),
        );
    }
    switch (action) {
      case "next":
        return then(work.next());
      case "undo":
        return then(work.undo());
      case "resume":
        return then(work.resume());
      case "close":
        return queue.waiting.some((each) => isFor(each, counter)) ? setOpened(action) : then(work.close());
      case "call":
        return seek("");
      case "park":
      case "transfer":
      case "pause":
      case "issue":
        return setOpened(action);
      default:
        return then(work.simple(action));
    }
  };
  const pressPrimary = () => {
    if (settling || busy) return;
    setSettling(true);
    setTimeout(() => setSettling(false), SETTLES);
    press(primaryAction(moment));
  };

  const byLetter = Object.fromEntries(
    (Object.keys(KEYS) as (keyof typeof KEYS)[]).map((each) => [
      KEYS[each],
      () => (each === "help" ? setOpened("help") : press(each)),
    ]),
  );
  useKeys({ ...(letters ? byLetter : {}), " ": pressPrimary });

  const cancel = () => setOpened(null);
  const atWork = moment.state === "open" && moment.ticket !== null;
  const tools = { work, live, letters, press };
  return (
    <main class="work">
      <section class="work__here" aria-label={words.text("console.this_counter")}>
        <div class="work__title">
          <h1>{words.name(counter.name)}</h1>
          <span class={`state state--${counter.state}`}>
            <Icon name={COUNTER_ICONS[counter.state]} />
            {stateText(words, counter)}
          </span>
          {counter.reason && <span class="soft">{reasonText(words, queue, counter.reason)}</span>}
          {counter.pause_after !== null && (
            <span class="state state--paused">
              <Icon name="pause" />
              {words.text("counter.pauses_after", { reason: reasonText(words, queue, counter.pause_after) })}
            </span>
          )}
          <button type="button" class="button button--quiet work__help" onClick={() => setOpened("help")}>
            {letters && <kbd>?</kbd>}
            <span>{words.text("console.keys")}</span>
          </button>
        </div>
        <Current work={work} queue={queue} branch={staff.branch} clock={clock} />
        <Actions
          work={work}
          clock={clock}
          rule={queue.no_show_after}
          live={live}
          letters={letters}
          settling={settling}
          primary={primary}
          press={press}
          pressPrimary={pressPrimary}
        />
        <Saying work={work} clock={clock} letters={letters} live={live} undo={() => press("undo")} />
      </section>
      <aside class="work__line" aria-label={words.text("console.the_line")}>
        {atWork && (
          <div class="cluster">
            <Tool action="call" name={words.text("console.action_call")} {...tools} />
            <Tool action="issue" name={words.text("console.action_issue")} {...tools} />
            <Tool
              action={moment.pausesAfter ? "resume" : "pause"}
              name={words.text(moment.pausesAfter ? "counter.action_pause_not" : "counter.action_pause_after")}
              {...tools}
            />
          </div>
        )}
        <PrinterTrouble printers={queue.printers} />
        <PapersInDoubt staff={staff} queue={queue} live={live} settled={() => primary.current?.focus()} />
        <Line queue={queue} counter={counter} branch={staff.branch} clock={clock} seek={seek} />
        <Aside queue={queue} work={work} clock={clock} live={live} then={then} />
        <ForYou queue={queue} counter={counter} branch={staff.branch} clock={clock} seek={seek} />
        <HandledTickets work={work} live={live} then={then} />
      </aside>
      {opened === "help" && (
        <KeysDialog
          letters={letters}
          sound={arrivals}
          setLetters={(on) => {
            remember("shortcuts", on ? "on" : "off");
            setLetters(on);
          }}
          close={cancel}
        />
      )}
      {opened === "call" && (
        <NumberDialog
          first={sought}
          queue={queue}
          work={work}
          clock={clock}
          live={live}
          then={thenIfDone}
          close={cancel}
        />
      )}
      {opened === "issue" && (
        <IssueDialog staff={staff} queue={queue} work={work} live={live} close={() => then(Promise.resolve(true))} />
      )}
      {opened === "close" && (
        <CloseDialog
          counter={counter}
          queue={queue}
          live={live}
          letters={letters}
          send={() => then(work.close())}
          close={cancel}
        />
      )}
      {opened === "transfer" && (
        <TransferDialog staff={staff} queue={queue} work={work} live={live} then={then} close={cancel} />
      )}
      {opened === "park" && (
        <ReasonDialog
          title={words.text("console.park_title", { number: moment.ticket?.number ?? "" })}
          hint={words.text("console.park_hint")}
          label={words.text("console.note_optional")}
          reasons={PARK_REASONS.map((each) => words.text(each)).map((text) => ({ value: text, label: text }))}
          otherwise={{ value: "", label: "" }}
          confirm={words.text("console.action_park")}
          live={live}
          send={({ value }) => then(work.park(value))}
          close={cancel}
        />
      )}
      {opened === "pause" && (
        <PauseDialog
          queue={queue}
          number={moment.ticket?.number ?? null}
          live={live}
          send={({ value, label }) => then(work.pause(value, label))}
          close={cancel}
        />
      )}
    </main>
  );
}
