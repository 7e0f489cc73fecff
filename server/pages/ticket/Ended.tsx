/** The ticket has ended: how, and what the customer may do now. */
import { Icon, TICKET_ICONS } from "../shared/components/Icon";
import type { Ticket } from "../shared/contract";
import { Number } from "./Number";
import { useWords } from "./translations";

export function Ended({ ticket }: { ticket: Ticket }) {
  const words = useWords();
  const [title, text] = endingTexts(ticket);
  return (
    <>
      <Number ticket={ticket} />
      <section class={`outcome outcome--${ticket.state === "served" ? "good" : "bad"}`} aria-live="polite">
        <Icon name={TICKET_ICONS[ticket.state]} />
        <h2>{words.text(title)}</h2>
        <p>{words.text(text)}</p>
      </section>
    </>
  );
}

function endingTexts({ state, branch_retired }: Ticket) {
  if (branch_retired && state === "expired") return ["ticket.branch_retired", "ticket.branch_retired_text"] as const;
  switch (state) {
    case "served":
      return ["ticket.served", "ticket.served_text"] as const;
    case "no_show":
      return ["ticket.no_show", "ticket.no_show_text"] as const;
    case "cancelled":
      return ["ticket.cancelled", "ticket.cancelled_text"] as const;
    default:
      return ["ticket.expired", "ticket.expired_text"] as const;
  }
}
