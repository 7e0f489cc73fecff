/** Who waits: every service with its waits growing live, and whom this counter would call. */
import type { ServerClock } from "../shared/clock";
import { Icon } from "../shared/components/Icon";
import { useNow } from "../shared/components/useNow";
import type { BranchInfo, Counter, Queue, ServiceInfo, TicketBrief } from "../shared/contract";
import { stopwatch } from "../shared/texts";
import { WithoutCounter } from "../staff/WithoutCounter";
import { useWords } from "./translations";

interface LineProps {
  queue: Queue;
  counter: Counter;
  branch: BranchInfo;
  clock: ServerClock;
  /** Opens what may be done to one ticket. */
  seek: (number: string) => void;
}

export function Line({ queue, counter, branch, clock, seek }: LineProps) {
  const words = useWords();
  useNow(clock);
  const mine = (service: LineOf) =>
    counter.services.includes(service.code) ? 0 : counter.helps_out_with.includes(service.code) ? 1 : 2;
  const waitingFor = (service: LineOf) => queue.waiting.filter((each) => each.service === service.code);
  const services = [...queue.withdrawn_services, ...[...queue.services].sort((a, b) => mine(a) - mine(b))];
  const [waited, empty] = [
    services.filter((each) => waitingFor(each).length > 0),
    services.filter((each) => waitingFor(each).length === 0),
  ];
  const row = (service: LineOf) => (
    <li key={service.code}>
      <Service
        service={service}
        tickets={waitingFor(service)}
        part={mine(service)}
        withdrawn={!("open" in service)}
        branch={branch}
        queue={queue}
        clock={clock}
        seek={seek}
      />
    </li>
  );
  return (
    <section class="line">
      <h2 class="line__title">
        {words.text("console.line_title")}{" "}
        <span class="soft">{words.text("console.waiting_all", { n: queue.waiting.length })}</span>
      </h2>
      <WithoutCounter queue={queue} />
      {waited.length > 0 && <ul class="services">{waited.map(row)}</ul>}
      {empty.length > 0 && (
        <details class="empty-services">
          <summary class="soft small">{words.text("counter.services_empty", { n: empty.length })}</summary>
          <ul class="idle-services">{empty.map(row)}</ul>
        </details>
      )}
    </section>
  );
}

/** What is shown of a service that people wait for, offered or not. */
type LineOf = Pick<ServiceInfo, "code" | "name" | "target_wait_minutes">;

/** How many of those to come are shown. */
const AHEAD = 5;

/** Whom this counter would call, in order; the first with the reason, so that the policy can be told to who asks. */
export function ForYou({ queue, counter, branch, clock, seek }: LineProps) {
  const words = useWords();
  useNow(clock);
  const first = queue.waiting.find((each) => each.number === counter.next?.number);
  if (!first || !counter.next) return null;
  const others = queue.waiting.filter((each) => each !== first && isFor(each, counter));
  const priority = branch.priority_classes.find((each) => each.code === first.priority);
  return (
    <section class="for-you">
      <h2 class="line__title">{words.text("console.for_you")}</h2>
      <p class="line__next small">
        <strong class="number">{first.number}</strong>{" "}
        {words.text(`console.why_${counter.next.why}`, { priority: priority ? words.name(priority.name) : "" })}
      </p>
      <ol class="tickets">
        {[first, ...others].slice(0, AHEAD).map((each) => {
          const target =
            [...queue.services, ...queue.withdrawn_services].find((service) => service.code === each.service)
              ?.target_wait_minutes ?? Infinity;
          const wait = clock.age(each.queued_at);
          return (
            <WaitingTicket
              key={each.id}
              ticket={each}
              wait={wait}
              late={wait > target * 60}
              branch={branch}
              queue={queue}
              seek={seek}
            />
          );
        })}
      </ol>
    </section>
  );
}

/** Does the counter take this ticket first? */
export function isFor(ticket: TicketBrief, counter: Counter): boolean {
  return ticket.for_counter === null
    ? counter.services.includes(ticket.service)
    : ticket.for_counter === counter.number;
}

interface ServiceProps {
  service: LineOf;
  tickets: TicketBrief[];
  /** 0: this counter's first choice, 1: it helps out, 2: others serve it. */
  part: 0 | 1 | 2;
  /** No longer offered; these are the last who wait for it. */
  withdrawn: boolean;
  branch: BranchInfo;
  queue: Queue;
  clock: ServerClock;
  seek: (number: string) => void;
}

function Service({ service, tickets, part, withdrawn, branch, queue, clock, seek }: ServiceProps) {
  const words = useWords();
  const target = service.target_wait_minutes * 60;
  const waits = tickets.map((each) => clock.age(each.queued_at));
  const longest = Math.max(0, ...waits);
  const late = waits.filter((each) => each > target).length;
  return (
    <details class={`service service--${part}`}>
      <summary class="service__head">
        <span class="service__code number">{service.code}</span>
        <span class="service__name">
          {words.name(service.name)}
          {withdrawn && <span class="soft small"> {words.text("console.withdrawn")}</span>}
          {part === 1 && <span class="soft small"> {words.text("console.helping")}</span>}
          {part === 2 && !withdrawn && <span class="soft small"> {words.text("console.not_here")}</span>}
          {late > 0 && (
            <span class="late small">
              <Icon name="warning" />
              {words.text("console.over_target", { n: late, minutes: service.target_wait_minutes })}
            </span>
          )}
        </span>
        <span class="service__count number number--plain">
          {words.number(tickets.length)}
          <span class="unseen"> {words.text("console.waiting_word")}</span>
        </span>
        <span class="service__wait number number--plain">
          {tickets.length > 0 && (
            <>
              <span class="unseen">{words.text("console.longest")} </span>
              {stopwatch(longest)}
            </>
          )}
        </span>
      </summary>
      {tickets.length === 0 ? (
        <p class="service__none soft small">{words.text("console.nobody_here")}</p>
      ) : (
        <ol class="tickets">
          {tickets.map((each, index) => (
            <WaitingTicket
              key={each.id}
              ticket={each}
              wait={waits[index]!}
              late={waits[index]! > target}
              branch={branch}
              queue={queue}
              seek={seek}
            />
          ))}
        </ol>
      )}
    </details>
  );
}

interface WaitingTicketProps {
  ticket: TicketBrief;
  wait: number;
  late: boolean;
  branch: BranchInfo;
  queue: Queue;
  seek: (number: string) => void;
}

function WaitingTicket({ ticket, wait, late, branch, queue, seek }: WaitingTicketProps) {
  const words = useWords();
  const priority = branch.priority_classes.find((each) => each.code === ticket.priority);
  const counter = queue.counters.find((each) => each.number === ticket.for_counter);
  return (
    <li class="waiting">
      <span class="number waiting__number">{ticket.number}</span>
      <span class="waiting__what small">
        {priority && (
          <span>
            <Icon name="star" /> {words.name(priority.name)}{" "}
          </span>
        )}
        {counter && (
          <span>
            <Icon name="arrow" /> {words.name(counter.name)}{" "}
          </span>
        )}
        {ticket.note && <span class="soft">{ticket.note}</span>}
      </span>
      <span class={late ? "number number--plain late" : "number number--plain"}>
        {late && <Icon name="warning" label={words.text("console.late")} />} {stopwatch(wait)}
      </span>
      <button
        type="button"
        class="waiting__more"
        aria-label={words.text("counter.row_open", { number: ticket.number })}
        title={words.text("counter.row_open", { number: ticket.number })}
        onClick={() => seek(ticket.number)}
      >
        <span aria-hidden="true">⋯</span>
      </button>
    </li>
  );
}
