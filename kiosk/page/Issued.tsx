/** The number, enormous and at once, and what happens next. */
import { useEffect } from "preact/hooks";

import type { Api } from "../../server/pages/shared/api";
import { Icon, type IconName } from "../../server/pages/shared/components/Icon";
import { waitText } from "../../server/pages/shared/components/Wait";
import type { Board, Call, IssuedTicket } from "../../server/pages/shared/contract";
import { placeText, staffingText } from "../../server/pages/shared/line";
import { QrCode } from "./QrCode";
import { Title } from "./Title";
import { useWords } from "./translations";
import { type Paper, usePaper } from "./usePaper";

interface IssuedProps {
  api: Api;
  ticket: IssuedTicket;
  board: Board | null;
  /** The page is a demo's. */
  demo: boolean;
  /** No paper will come, or perhaps none, so that the number is noted from the screen: that takes time. */
  onWithoutPaper: (without: boolean) => void;
}

export function Issued({ api, ticket, board, demo, onWithoutPaper }: IssuedProps) {
  const words = useWords();
  const paper = usePaper(api, ticket.print_job);
  const without = paper === "failed" || paper === "unsure" || paper === "none";
  useEffect(() => onWithoutPaper(without), [without]);
  const call = board?.calls.find((each) => each.id === ticket.id && each.state === "called");
  return (
    <div class="issued">
      <div class="slip">
        <Title>
          <span class="slip__label">{words.text("kiosk.your_number")}</span>{" "}
          <span class="number slip__number" style={{ "--characters": ticket.number.length }}>
            {ticket.number}
          </span>
        </Title>
        <p class="slip__service">
          {words.name(ticket.service_name)}
          {ticket.priority_name && <span class="slip__class">{words.name(ticket.priority_name)}</span>}
        </p>
      </div>
      <div class="issued__next">
        {call ? <GoNow call={call} /> : <Place ticket={ticket} />}
        <PaperState paper={paper} code={ticket.qr_url !== null} />
      </div>
      {ticket.qr_url !== null ? (
        <div class="issued__scan">
          <QrCode text={ticket.qr_url} label={words.text("kiosk.qr")} />
          <p>{words.text("kiosk.scan")}</p>
        </div>
      ) : (
        demo && <DemoTicket url={ticket.url} />
      )}
    </div>
  );
}

/** How many are before, how long that will honestly take, and what to do meanwhile. */
function Place({ ticket }: { ticket: IssuedTicket }) {
  const words = useWords();
  const { estimate } = ticket;
  const staffing = staffingText(words, ticket.staffing);
  return (
    <>
      <p class="fact">
        <Icon name="people" />
        <strong>{placeText(words, ticket)}</strong>
      </p>
      {staffing && (
        <p class="fact">
          <Icon name="pause" />
          <span>{staffing}</span>
        </p>
      )}
      {(estimate || !staffing) && (
        <p class="fact">
          <Icon name="clock" />
          <span>
            <span class="fact__label">{words.text("kiosk.expected_wait")}</span>
            <strong>{waitText(words, estimate)}</strong>
          </span>
        </p>
      )}
      <p class="fact fact--soft">
        <Icon name="sound" />
        <span>{words.text("kiosk.watch")}</span>
      </p>
    </>
  );
}

/** In a demo that only this machine reaches, the ticket's page opens here. */
function DemoTicket({ url }: { url: string }) {
  const words = useWords();
  return (
    <div class="issued__scan">
      <p>{words.text("kiosk.no_code_demo")}</p>
      <a class="button" href={url} target="_blank" rel="noopener">
        {words.text("kiosk.no_code_demo_open")}
      </a>
    </div>
  );
}

/** Where nobody waits, a number may be called while its customer still stands here. */
function GoNow({ call }: { call: Call }) {
  const words = useWords();
  return (
    <div class="go" role="alert">
      <Icon name="bell" />
      <span>
        <span class="go__turn">{words.text("kiosk.called", { number: call.number })}</span>
        <strong class="go__counter">{words.text("kiosk.go_to", { counter: words.name(call.counter_name) })}</strong>
      </span>
    </div>
  );
}

const PAPER_ICONS: Readonly<Record<Paper, IconName>> = {
  printing: "printer",
  slow: "printer",
  printed: "paper",
  unsure: "paper",
  failed: "warning",
  none: "phone",
};

/** `code`: whether the ticket has one to scan. */
function PaperState({ paper, code }: { paper: Paper; code: boolean }) {
  const words = useWords();
  const text =
    code || paper === "printing" || paper === "printed"
      ? (`kiosk.paper_${paper}` as const)
      : (`kiosk.paper_${paper}_no_code` as const);
  return (
    <p class={`paper paper--${paper}`} role="status">
      <Icon name={PAPER_ICONS[paper]} />
      <span>{words.text(text)}</span>
    </p>
  );
}
