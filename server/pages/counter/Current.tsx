/** The customer at the counter, as large as a clerk needs who is looking elsewhere. */
import type { ServerClock } from "../shared/clock";
import { Icon, TICKET_ICONS } from "../shared/components/Icon";
import { useNow } from "../shared/components/useNow";
import type { BranchInfo, Leg, Queue, StaffTicket } from "../shared/contract";
import { languageName, stopwatch } from "../shared/texts";
import { makesSense, recallsOf } from "./counterActions";
import { useWords } from "./translations";
import type { AtWork } from "./useCounter";

interface CurrentProps {
  work: AtWork;
  queue: Queue;
  branch: BranchInfo;
  clock: ServerClock;
}

export function Current({ work, queue, branch, clock }: CurrentProps) {
  const { ticket, state } = work.moment;
  if (state !== "open") return <Stopped work={work} />;
  if (!ticket) return <Nobody work={work} queue={queue} branch={branch} />;
  return <Here work={work} ticket={ticket} queue={queue} clock={clock} />;
}

function Stopped({ work }: { work: AtWork }) {
  const words = useWords();
  return (
    <div class="current current--empty">
      <Icon name={work.counter.state === "paused" ? "pause" : "lock"} />
      <p class="large">{words.text(work.counter.state === "paused" ? "console.paused_text" : "console.closed_text")}</p>
    </div>
  );
}

function Nobody({ work, queue, branch }: Omit<CurrentProps, "clock">) {
  const words = useWords();
  const { next, waiting } = work.counter;
  if (!next) {
    return (
      <div class="current current--empty">
        <Icon name="check" />
        <p class="large">{words.text("console.nobody_waits")}</p>
      </div>
    );
  }
  const up = queue.waiting.find((each) => each.number === next.number);
  const service = queue.services.find((each) => each.code === up?.service);
  const priority = branch.priority_classes.find((each) => each.code === up?.priority);
  return (
    <div class="current current--next">
      <p class="soft">{words.text("console.next_is")}</p>
      <p class="number current__next">{next.number}</p>
      {service && <p class="large">{words.name(service.name)}</p>}
      <p>
        {words.text(`console.why_${next.why}`, { priority: priority ? words.name(priority.name) : "" })}{" "}
        {waiting > 0 && <span class="soft">{words.text("console.waiting_here", { n: waiting })}</span>}
      </p>
    </div>
  );
}

function Here({ work, ticket, queue, clock }: { work: AtWork; ticket: StaffTicket; queue: Queue; clock: ServerClock }) {
  const words = useWords();
  useNow(clock);
  const leg = ticket.legs[ticket.legs.length - 1];
  const calledAt = leg?.called_at ?? ticket.called_at;
  const serving = !makesSense("start", work.moment) && (leg?.started_at ?? ticket.started_at);
  const since = serving || calledAt;
  const state = serving ? "serving" : "called";
  return (
    <div class={`current current--${state}`}>
      <div class="current__who">
        <p class="number current__number">{ticket.number}</p>
        <div class="current__what">
          <p class="current__service">{words.name(ticket.service_name)}</p>
          <p class="current__badges">
            <span class={`state state--${state}`}>
              <Icon name={TICKET_ICONS[state]} />
              {words.text(`common.state_${state}`)}
            </span>
            {state === "called" && recallsOf(ticket) > 0 && (
              <span class="state">
                <Icon name="repeat" />
                {words.text("counter.recalls", { n: recallsOf(ticket) })}
              </span>
            )}
            {ticket.priority_name && (
              <span class="state">
                <Icon name="star" />
                {words.name(ticket.priority_name)}
              </span>
            )}
          </p>
        </div>
        {since && (
          <p class="current__timer">
            <span class="soft small">{words.text(serving ? "console.timer_service" : "console.timer_walk")}</span>
            <span class="number number--plain current__time" role="timer">
              {stopwatch(clock.age(since))}
            </span>
          </p>
        )}
      </div>
      <dl class="current__facts">
        {leg && calledAt && (
          <Fact
            name={words.text("console.fact_waited")}
            value={stopwatch((Date.parse(calledAt) - Date.parse(leg.queued_at)) / 1000)}
          />
        )}
        <Fact name={words.text("console.fact_came")} value={words.time(ticket.issued_at)} />
        <Fact name={words.text("console.fact_language")} value={languageName(ticket.language)} />
      </dl>
      {ticket.note && (
        <p class="note">
          <Icon name="book" />
          <span>
            <strong>{words.text("console.note")}</strong> {ticket.note}
          </span>
        </p>
      )}
      {ticket.legs.length > 1 && <EarlierLegs legs={ticket.legs.slice(0, -1)} queue={queue} />}
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt class="soft small">{name}</dt>
      <dd class="current__fact">{value}</dd>
    </div>
  );
}

/** How a leg ended before another one began. */
const OUTCOMES = ["served", "no_show", "transferred", "put_back", "parked", "cancelled"] as const;

function isTold(outcome: string | null): outcome is (typeof OUTCOMES)[number] {
  return OUTCOMES.some((each) => each === outcome);
}

/** Where this customer has been before, so that they need not tell it again. */
function EarlierLegs({ legs, queue }: { legs: Leg[]; queue: Queue }) {
  const words = useWords();
  return (
    <ol class="legs small" aria-label={words.text("console.earlier")}>
      {legs.map((leg) => {
        const service = queue.services.find((each) => each.code === leg.service);
        const counter = queue.counters.find((each) => each.number === leg.counter);
        return (
          <li key={leg.queued_at}>
            <Icon name="arrow" />
            {service ? words.name(service.name) : leg.service}
            {counter && `, ${words.name(counter.name)}`}
            {isTold(leg.outcome) && `: ${words.text(`console.outcome_${leg.outcome}`)}`}
            {leg.ended_at && ` (${words.time(leg.ended_at)})`}
          </li>
        );
      })}
    </ol>
  );
}
