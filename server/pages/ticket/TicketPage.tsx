/** Opens the ticket of a token: from here on it is spoken of in its own language and zone. */
import { useEffect, useState } from "preact/hooks";

import { Api, Problem } from "../shared/api";
import type { Boot } from "../shared/boot";
import type { Ticket } from "../shared/contract";
import { LiveTicket } from "./LiveTicket";
import { Loading, Unknown } from "./Opening";
import { Speaking } from "./translations";

const ASK_AGAIN = 4_000;

/** `token`: what the paper's address ends in. */
export interface TicketBoot extends Boot {
  token: string;
}

export function TicketPage({ boot }: { boot: TicketBoot }) {
  const { ticket, unknown, unreachable } = useOpening(boot.token);
  return (
    <Speaking
      language={ticket?.language ?? boot.language}
      languages={ticket?.languages ?? boot.languages}
      timeZone={ticket?.timezone}
    >
      {unknown ? (
        <Unknown />
      ) : ticket ? (
        <LiveTicket first={ticket} token={boot.token} build={boot.build} />
      ) : (
        <Loading unreachable={unreachable} />
      )}
    </Speaking>
  );
}

interface Opening {
  ticket: Ticket | null;
  /** No ticket has this token. */
  unknown: boolean;
  /** The server did not answer yet; it is being asked again. */
  unreachable: boolean;
}

/** Asks for the ticket until the server has said yes or no. */
function useOpening(token: string): Opening {
  const [opening, setOpening] = useState<Opening>({ ticket: null, unknown: false, unreachable: false });
  useEffect(() => {
    const api = new Api();
    const aborter = new AbortController();
    let again: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      try {
        const ticket = await api.get<Ticket>(`/tickets/${token}`, { signal: aborter.signal });
        setOpening({ ticket, unknown: false, unreachable: false });
      } catch (error) {
        if (aborter.signal.aborted) return;
        if (!(error instanceof Problem)) throw error;
        const unknown = error.code === "not-found" || error.code === "validation";
        setOpening({ ticket: null, unknown, unreachable: !unknown });
        if (!unknown) again = setTimeout(ask, ASK_AGAIN);
      }
    };
    void ask();
    return () => {
      aborter.abort();
      clearTimeout(again);
    };
  }, [token]);
  return opening;
}
