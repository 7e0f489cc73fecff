/** The counter's page: follows the branch live, and shows the choice of a counter or the work at one. */
import { useEffect, useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { NotLive } from "../shared/components/Banner";
import { Dialog } from "../shared/components/Dialog";
import { problemText } from "../shared/components/problemText";
import { useFeed } from "../shared/components/useFeed";
import type { Counter, Queue } from "../shared/contract";
import { DayTurned } from "../staff/DayTurned";
import { Head } from "../staff/Head";
import type { Staff } from "../staff/StaffPage";
import { useWords } from "../staff/translations";
import { api } from "../staff/useSession";
import { ChooseCounter, type OpenedCounter } from "./ChooseCounter";
import { Work } from "./Work";

export function CounterPage({ staff }: { staff: Staff }) {
  const words = useWords();
  const { branch, session, build } = staff;
  const [chosen, setChosen] = useState<number | null>(
    () => session.counters.find((each) => each.branch === branch.slug)?.number ?? null,
  );
  const [lostTo, setLostTo] = useState<string | null>(null);
  const [leaving, setLeaving] = useState<Leaving>(null);
  const { message, liveness, clock, refused } = useFeed({
    branch: branch.slug,
    view: "queue",
    build,
    isIdle: () => !document.querySelector('[role="dialog"]'),
  });
  useEffect(() => {
    if (refused?.code === "unauthenticated") staff.expire();
    if (refused?.code === "forbidden") staff.refresh();
  }, [refused]);

  const mine = message && chosen !== null ? held(message.state, chosen, session.user) : null;
  // Opened by this page, but the message that says so may still be on its way.
  const [opening, setOpening] = useState<OpenedCounter | null>(null);
  useEffect(() => {
    if (!message || chosen === null || mine || (opening && message.seq < opening.seq)) return;
    const now = message.state.counters.find((each) => each.number === chosen);
    setLostTo(now?.agent && now.agent !== session.user ? now.agent : null);
    setOpening(null);
    setChosen(null);
  }, [message, chosen, opening]);

  const opened = (counter: OpenedCounter) => {
    setOpening(counter);
    setLostTo(null);
    setChosen(counter.number);
  };
  const signOut = async () => {
    const counter = mine ?? null;
    if (counter?.ticket) return setLeaving({ ticket: counter.ticket.number });
    try {
      if (counter) await api.post(`/counters/${branch.slug}/${counter.number}/close`);
      await staff.signOut();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setLeaving({ problem: error });
    }
  };

  const counter = mine ?? (message && opening && message.seq < opening.seq ? opening : null);
  return (
    <div class={counter ? "screen screen--still" : "screen"}>
      <Head staff={staff} liveness={liveness} clock={clock} signOut={() => void signOut()} />
      <NotLive liveness={liveness} hint={words.text("console.not_live_hint")} />
      {message?.state.day_turn?.while_working && <DayTurned turn={message.state.day_turn} />}
      {!message && (refused || !liveness.since) && (
        <main class="alone">
          <p class="large" role="status">
            {words.text(refused ? "errors.forbidden" : "common.connecting")}
          </p>
        </main>
      )}
      {message && counter && (
        <Work
          key={counter.number}
          staff={staff}
          counter={counter}
          message={message}
          live={liveness.live}
          clock={clock}
        />
      )}
      {message && !counter && (
        <ChooseCounter
          staff={staff}
          counters={message.state.counters}
          services={message.state.services}
          live={liveness.live}
          lostTo={lostTo}
          opened={opened}
        />
      )}
      {leaving && (
        <Dialog
          title={words.text("console.stay_title")}
          onClose={() => setLeaving(null)}
          actions={
            <button type="button" class="button button--primary" data-first onClick={() => setLeaving(null)}>
              {words.text("common.close")}
            </button>
          }
        >
          <p>
            {"ticket" in leaving
              ? words.text("console.stay_ticket", { number: leaving.ticket })
              : problemText(words, leaving.problem)}
          </p>
        </Dialog>
      )}
    </div>
  );
}

/** Why one cannot sign out now. */
type Leaving = { ticket: string } | { problem: Problem } | null;

/** The counter, if this person holds it. */
function held(queue: Queue, number: number, user: string): Counter | null {
  const counter = queue.counters.find((each) => each.number === number);
  return counter && counter.agent === user && counter.state !== "closed" ? counter : null;
}
