/** At the counter: nothing more to do than to be served. */
import { Icon } from "../shared/components/Icon";
import type { Ticket } from "../shared/contract";
import { Number } from "./Number";
import { useWords } from "./translations";

export function Serving({ ticket }: { ticket: Ticket }) {
  const words = useWords();
  return (
    <>
      <Number ticket={ticket} />
      <section class="outcome outcome--good" aria-live="polite">
        <Icon name="person" />
        <h2>{words.text("ticket.serving")}</h2>
        {ticket.counter_name && <p class="large">{words.name(ticket.counter_name)}</p>}
      </section>
    </>
  );
}
