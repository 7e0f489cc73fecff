/** Keeps the ticket true and chooses what to show for its state. */
import { useEffect, useState } from "preact/hooks";
import { Api, Problem } from "../api";
import { NotLive } from "../components/Banner";
import { LanguageSwitch } from "../components/LanguageSwitch";
import { useFeed } from "../components/useFeed";
import type { FeedEvent, Ticket } from "../contract";
import type { FeedMessage } from "../feed";
import { Called } from "./Called";
import { Ended } from "./Ended";
import { Line } from "./Line";
import { Serving } from "./Serving";
import { useAttention } from "./useAttention";
import { useWords } from "./words";

const api = new Api();

interface TicketPageProps {
  branch: string;
  token: string;
  build: string;
}

export function TicketPage({ branch, token, build }: TicketPageProps) {
  const words = useWords();
  const { ticket, setTicket, lastCall, take, unknown, setUnknown } = useTicket(token);
  const { liveness, refused } = useFeed({
    branch,
    view: "ticket",
    ticket: token,
    build,
    onMessage: take,
    // A person who is called must not be looking at a page that is loading.
    isIdle: () => ticket?.state !== "called",
  });
  const attention = useAttention(ticket, lastCall);

  if (unknown || refused?.code === "not-found") return <Unknown />;
  if (!ticket) return <Loading notLive={!liveness.live} />;

  const leave = async () => {
    try {
      setTicket(await api.post<Ticket>(`/tickets/${token}/cancel`));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === "not-found") setUnknown(true);
      else if (error.ticket) setTicket(error.ticket); // called in the meantime, say: show what is true
      else throw error;
    }
  };

  return (
    <div class={`ticket ticket--${ticket.state}`}>
      <header class="ticket__head">
        <p class="ticket__branch">{words.name(ticket.branch_name)}</p>
        <LanguageSwitch />
      </header>
      <NotLive liveness={liveness} />
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
  attention: ReturnType<typeof useAttention>;
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

/**
 * The newest ticket from the first answer, the feed and the customer's own deed, and the last (re)call seen live.
 * The first answer only counts until the feed has spoken.
 */
function useTicket(token: string) {
  const [ticket, setTicket] = useState<Ticket | null>(null);
  const [lastCall, setLastCall] = useState<FeedEvent | null>(null);
  const [unknown, setUnknown] = useState(false);

  useEffect(() => {
    const aborter = new AbortController();
    api
      .get<Ticket>(`/tickets/${token}`, { signal: aborter.signal })
      .then((first) => setTicket((newer) => newer ?? first))
      .catch((error: unknown) => {
        // Anything else is the feed's to mend: it keeps trying, and the page says meanwhile that it is not live.
        if (error instanceof Problem && error.code === "not-found") setUnknown(true);
      });
    return () => aborter.abort();
  }, [token]);

  const take = (message: FeedMessage<"ticket">) => {
    setTicket(message.state);
    const isCall = message.event?.type === "called" || message.event?.type === "recalled";
    if (isCall && message.event?.number === message.state.number) setLastCall(message.event);
  };

  return { ticket, setTicket, lastCall, take, unknown, setUnknown };
}

function Loading({ notLive }: { notLive: boolean }) {
  const words = useWords();
  return (
    <main class="ticket ticket--alone">
      <p class="large" role="status">{words.text(notLive ? "common.unreachable" : "common.loading")}</p>
    </main>
  );
}

function Unknown() {
  const words = useWords();
  return (
    <main class="ticket ticket--alone">
      <LanguageSwitch />
      <h1>{words.text("ticket.unknown_title")}</h1>
      <p class="large">{words.text("ticket.unknown_text")}</p>
    </main>
  );
}
