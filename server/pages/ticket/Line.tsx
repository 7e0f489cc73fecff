/** In the line (or set aside): my number, who is before me, the honest wait, and the way out. */
import { useState } from "preact/hooks";

import { Banner } from "../shared/components/Banner";
import { Icon } from "../shared/components/Icon";
import { waitText } from "../shared/components/Wait";
import type { Ticket } from "../shared/contract";
import { placeText, staffingText } from "../shared/line";
import { LeaveDialog } from "./LeaveDialog";
import { Number } from "./Number";
import { useWords } from "./translations";
import type { Attention } from "./useAttention";

interface LineProps {
  ticket: Ticket;
  leave: () => Promise<void>;
  attention: Attention;
}

export function Line({ ticket, leave, attention }: LineProps) {
  const words = useWords();
  const [leaving, setLeaving] = useState(false);
  const parked = ticket.state === "parked";
  return (
    <>
      <Number ticket={ticket} />
      <CameBack ticket={ticket} />
      {parked ? (
        <section class="outcome outcome--aside" aria-live="polite">
          <Icon name="pause" />
          <h2>{words.text("ticket.parked")}</h2>
          <p>{words.text("ticket.parked_text")}</p>
        </section>
      ) : (
        <Waiting ticket={ticket} />
      )}
      <div class="ticket__foot">
        {attention.canSound && (
          <button type="button" class="button button--wide" onClick={() => attention.turnSound(!attention.sounding)}>
            <Icon name={attention.sounding ? "sound" : "muted"} />
            <span>{words.text(attention.sounding ? "ticket.sound_is_on" : "ticket.sound_on")}</span>
          </button>
        )}
        <p class="soft">{words.text("ticket.keep_open")}</p>
        <button type="button" class="button button--danger button--quiet" onClick={() => setLeaving(true)}>
          <Icon name="leave" />
          <span>{words.text("ticket.leave")}</span>
        </button>
      </div>
      {leaving && <LeaveDialog ticket={ticket} leave={leave} onClose={() => setLeaving(false)} />}
    </>
  );
}

function Waiting({ ticket }: { ticket: Ticket }) {
  const words = useWords();
  if (!ticket.without_counter) return <Place ticket={ticket} />;
  return (
    <section class="outcome outcome--aside" role="alert">
      <Icon name="warning" />
      <h2>{words.text("ticket.without_counter")}</h2>
      <p>{words.text("ticket.without_counter_text")}</p>
    </section>
  );
}

/** How many are before me and how long that will honestly take. */
function Place({ ticket }: { ticket: Ticket }) {
  const words = useWords();
  const staffing = staffingText(words, ticket.staffing);
  return (
    <section class="place" aria-live="polite">
      <p class="place__ahead">{placeText(words, ticket)}</p>
      <Heads ahead={ticket.ahead} />
      {staffing && <p class="place__staffing">{staffing}</p>}
      {(ticket.estimate || !staffing) && (
        <p class="place__wait">
          <span class="soft">{words.text("ticket.wait")} </span>
          <strong>{waitText(words, ticket.estimate)}</strong>
        </p>
      )}
    </section>
  );
}

const HEADS_SHOWN = 5;

/** The line as a picture: those before me, and me. The words above say the same. */
function Heads({ ahead }: { ahead: number }) {
  const before = Math.min(ahead, HEADS_SHOWN);
  return (
    <div class="heads" aria-hidden="true">
      {ahead > HEADS_SHOWN && <span class="heads__more">…</span>}
      {Array.from({ length: before }, (_, index) => (
        <span key={index} class="heads__other">
          <Icon name="person" />
        </span>
      ))}
      <span class="heads__me">
        <Icon name="person" />
      </span>
    </div>
  );
}

/** Explains a number that was at a counter already and waits again. */
function CameBack({ ticket }: { ticket: Ticket }) {
  const words = useWords();
  const before = ticket.legs[ticket.legs.length - 2];
  if (ticket.state !== "waiting" || !before) return null;
  const text =
    before.outcome === "transferred" && before.service !== ticket.service
      ? words.text("ticket.transferred", { service: words.name(ticket.service_name) })
      : words.text("ticket.back_in_line");
  return (
    <Banner icon="swap">
      <span>{text}</span>
    </Banner>
  );
}
