/** Keeps the ticket true and chooses what to show for its state. */
import { useState } from "preact/hooks";

import { Api, Problem } from "../shared/api";
import { NotLive } from "../shared/components/Banner";
import { LanguageSwitch } from "../shared/components/LanguageSwitch";
import { useFeed } from "../shared/components/useFeed";
import type { FeedEvent, Ticket, TicketState } from "../shared/contract";
import type { FeedMessage } from "../shared/feed";
import { Called } from "./Called";
import { Ended } from "./Ended";
import { Line } from "./Line";
import { Unknown } from "./Opening";
import { Serving } from "./Serving";
import { useWords } from "./translations";
import { type Attention, useAttention } from "./useAttention";

const api = new Api();
/** While the customer may still be called. */
const EXPECTED: readonly TicketState[] = ["waiting", "parked", "called"];

interface LiveTicketProps {
  /** The ticket as it was when the page opened. */
  first: Ticket;
  token: string;
  build: string;
}

export function LiveTicket({ first, token, build }: LiveTicketProps) {
  const words = useWords();
  const [ticket, setTicket] = useState(first);
  const [lastCall, setLastCall] = useState<FeedEvent | null>(null);

  const take = ({ state, event }: FeedMessage<"ticket">) => {
    setTicket(state);
    const isCall = event?.type === "called" || event?.type === "recalled";
    if (isCall && event.number === state.number) setLastCall(event);
  };
  const { liveness, refused } = useFeed({
    branch: first.branch,
    view: "ticket",
    ticket: token,
    build,
    onMessage: take,
    // A person who is called must not be looking at a page that is loading.
    isIdle: () => ticket.state !== "called",
  });
  const attention = useAttention(ticket, lastCall);

  const leave = async () => {
    try {
      setTicket(await api.post<Ticket>(`/tickets/${token}/cancel`));
    } catch (error) {
      const truth = error instanceof Problem ? error.ticket : null;
      if (!truth) throw error;
      setTicket(truth); // called in the meantime, say: show that instead
    }
  };

  if (refused?.code === "not-found") return <Unknown />;
  return (
    <div class={`ticket ticket--${ticket.state}`}>
      <header class="ticket__head">
        <p class="ticket__branch">{words.name(ticket.branch_name)}</p>
        <LanguageSwitch />
      </header>
      <NotLive
        liveness={liveness}
        hint={EXPECTED.includes(ticket.state) ? words.text("ticket.not_live_hint") : undefined}
      />
      <main class="ticket__body">
        <Shown ticket={ticket} lastCall={lastCall} leave={leave} attention={attention} />
      </main>
    </div>
  );
}

interface ShownProps {
  ticket: Ticket;
  lastCall: FeedEvent | null;
  leave: () => Promise<void>;
  attention: Attention;
}

function Shown({ ticket, lastCall, leave, attention }: ShownProps) {
  switch (ticket.state) {
    case "waiting":
    case "parked":
      return <Line ticket={ticket} leave={leave} attention={attention} />;
    case "called":
      return <Called ticket={ticket} lastCall={lastCall} />;
    case "serving":
      return <Serving ticket={ticket} />;
    default:
      return <Ended ticket={ticket} />;
  }
}
