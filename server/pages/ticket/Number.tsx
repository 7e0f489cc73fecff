/** My number, as large as the phone allows, with what it is for. */
import { Icon } from "../shared/components/Icon";
import type { Ticket } from "../shared/contract";
import { useWords } from "./translations";

export function Number({ ticket }: { ticket: Ticket }) {
  const words = useWords();
  return (
    <div class="mine">
      <h1>
        <span class="mine__label">{words.text("ticket.your_number")} </span>
        <span class="mine__number number" style={{ "--characters": ticket.number.length }}>
          {ticket.number}
        </span>
      </h1>
      <p class="mine__service">{words.name(ticket.service_name)}</p>
      {ticket.priority_name && (
        <p>
          <span class="state">
            <Icon name="star" />
            {words.name(ticket.priority_name)}
          </span>
        </p>
      )}
    </div>
  );
}
