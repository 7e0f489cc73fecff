/** It is my turn: the whole screen says where to go. */
import { Icon } from "../shared/components/Icon";
import type { FeedEvent, Ticket } from "../shared/contract";
import { useWords } from "./translations";

interface CalledProps {
  ticket: Ticket;
  /** The last call seen live; tells a recall from the first call. */
  lastCall: FeedEvent | null;
}

export function Called({ ticket, lastCall }: CalledProps) {
  const words = useWords();
  const recalled = lastCall?.type === "recalled" ? lastCall : null;
  const at = recalled?.at ?? ticket.called_at;
  return (
    <div class="called" role="alert">
      <p class="called__turn">
        <Icon name="bell" />
        <span>{words.text("ticket.your_turn")}</span>
      </p>
      <p class="called__number number" style={{ "--characters": ticket.number.length }}>
        {ticket.number}
      </p>
      <h1 class="called__go">
        <span class="called__please">{words.text("ticket.go_to")} </span>
        <Counter ticket={ticket} />
      </h1>
      {at && (
        <p class="called__at">
          {words.text(recalled ? "ticket.called_again_at" : "ticket.called_at", { time: words.time(at) })}
        </p>
      )}
    </div>
  );
}

/** The counter's name with its number enormous: "Loket **2**". */
function Counter({ ticket }: { ticket: Ticket }) {
  const words = useWords();
  const number = String(ticket.counter ?? "");
  const name = ticket.counter_name ? words.name(ticket.counter_name) : number;
  const [before, after] = name.split(new RegExp(`\\b${number}\\b(.*)`), 2);
  if (after === undefined) return <span class="called__counter">{name}</span>;
  return (
    <span class="called__counter">
      {before}
      <span class="called__counter-number number">{number}</span>
      {after}
    </span>
  );
}
