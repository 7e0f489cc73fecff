/** The branch at this moment: who waits, for how long, and what every counter does. */
import { when } from "../shared/again";
import type { ServerClock } from "../shared/clock";
import { COUNTER_ICONS, Icon, type IconName, TICKET_ICONS } from "../shared/components/Icon";
import { useNow } from "../shared/components/useNow";
import { waitText } from "../shared/components/Wait";
import type { Counter, Opening, Queue, ServiceInfo, TicketBrief, WithdrawnService } from "../shared/contract";
import { stopwatch } from "../shared/texts";
import { stateText } from "../staff/counterState";
import { reasonText } from "../staff/pauseReasons";
import { WithoutCounter } from "../staff/WithoutCounter";
import { type SupervisorWords, useWords } from "./translations";

export function Now({ queue, clock }: { queue: Queue; clock: ServerClock }) {
  const words = useWords();
  const now = useNow(clock);
  const here = queue.counters.flatMap((each) => (each.ticket ? [each.ticket] : []));
  const called = here.filter((each) => each.state === "called").length;
  const longest = longestWait(queue.waiting, clock);
  const late = queue.waiting.filter((each) =>
    isLate(each, [...queue.services, ...queue.withdrawn_services], clock),
  ).length;
  return (
    <>
      <Hours opening={queue} now={now} />
      <WithoutCounter queue={queue} />
      <dl class="figures">
        <Figure name={words.text("supervisor.waiting")} value={words.number(queue.waiting.length)} icon="people" />
        <Figure
          name={words.text("supervisor.longest")}
          value={longest ? stopwatch(clock.age(longest.queued_at)) : "–"}
          icon="clock"
          detail={longest?.number}
        />
        <Figure
          name={words.text("supervisor.over_target")}
          value={words.number(late)}
          icon="warning"
          alarm={late > 0}
        />
        <Figure name={words.text("common.state_called")} value={words.number(called)} icon="bell" />
        <Figure name={words.text("common.state_serving")} value={words.number(here.length - called)} icon="person" />
        <Figure name={words.text("common.state_parked")} value={words.number(queue.parked.length)} icon="pause" />
      </dl>
      <section class="card stack">
        <h2>{words.text("supervisor.counters")}</h2>
        <div class="table-scroll" tabIndex={0} role="region" aria-label={words.text("supervisor.counters")}>
          <table class="table">
            <thead>
              <tr>
                <th scope="col">{words.text("supervisor.counter")}</th>
                <th scope="col">{words.text("supervisor.state")}</th>
                <th scope="col">{words.text("supervisor.agent")}</th>
                <th scope="col">{words.text("supervisor.ticket")}</th>
                <th scope="col" class="table__number">
                  {words.text("supervisor.since")}
                </th>
                <th scope="col" class="table__number">
                  {words.text("supervisor.waiting_for_it")}
                </th>
              </tr>
            </thead>
            <tbody>
              {queue.counters.map((each) => (
                <CounterRow key={each.number} counter={each} queue={queue} clock={clock} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section class="card stack">
        <h2>{words.text("supervisor.services")}</h2>
        <div class="table-scroll" tabIndex={0} role="region" aria-label={words.text("supervisor.services")}>
          <table class="table">
            <thead>
              <tr>
                <th scope="col">{words.text("supervisor.service")}</th>
                <th scope="col" class="table__number">
                  {words.text("supervisor.waiting")}
                </th>
                <th scope="col" class="table__number">
                  {words.text("supervisor.longest")}
                </th>
                <th scope="col">{words.text("supervisor.over_target")}</th>
                <th scope="col">{words.text("supervisor.newcomer")}</th>
                <th scope="col">{words.text("supervisor.state")}</th>
              </tr>
            </thead>
            <tbody>
              {[...queue.withdrawn_services, ...queue.services].map((each) => (
                <ServiceRow
                  key={each.code}
                  service={each}
                  waiting={queue.waiting.filter((ticket) => ticket.service === each.code)}
                  clock={clock}
                />
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}

/** Whether the branch is open, and until when; nothing where it has no hours. */
function Hours({ opening, now }: { opening: Opening & Pick<Queue, "services">; now: Date }) {
  const words = useWords();
  const { open, opens_at, closes_at, last_ticket_at } = opening;
  if (open && !closes_at) return null;
  function said(): string {
    if (open && closes_at) {
      const time = words.time(closes_at);
      if (!last_ticket_at) return words.text("supervisor.hours_open", { time });
      const over = opening.services.every((each) => each.closed_reason === "last_ticket");
      return words.text(over ? "supervisor.hours_over" : "supervisor.hours_last", {
        time,
        last: words.time(last_ticket_at),
      });
    }
    if (!opens_at) return words.text("supervisor.hours_closed");
    return words.text("supervisor.hours_opens", { when: when(words, opens_at, now) });
  }
  return (
    <p class="soft">
      <Icon name="clock" /> {said()}
    </p>
  );
}

interface FigureProps {
  name: string;
  value: string;
  icon: IconName;
  detail?: string | undefined;
  alarm?: boolean;
}

/** One large number with what it means. */
export function Figure({ name, value, icon, detail, alarm = false }: FigureProps) {
  return (
    <div class={alarm ? "figure figure--alarm" : "figure"}>
      <dt class="figure__name">
        <Icon name={icon} /> {name}
      </dt>
      <dd class="figure__value number number--plain">
        {value} {detail && <span class="figure__detail">{detail}</span>}
      </dd>
    </div>
  );
}

function CounterRow({ counter, queue, clock }: { counter: Counter; queue: Queue; clock: ServerClock }) {
  const words = useWords();
  const { ticket } = counter;
  const since = ticket && (ticket.state === "serving" ? ticket.started_at : ticket.called_at);
  return (
    <tr>
      <th scope="row">{words.name(counter.name)}</th>
      <td>
        <span class={`state state--${counter.state}`}>
          <Icon name={COUNTER_ICONS[counter.state]} />
          {stateText(words, counter)}
        </span>
        {counter.reason && <span class="soft small"> {reasonText(words, queue, counter.reason)}</span>}
      </td>
      <td>{counter.agent ?? "–"}</td>
      <td>
        {ticket ? (
          <>
            <strong class="number">{ticket.number}</strong>{" "}
            <span class={`state state--${ticket.state} small`}>
              <Icon name={TICKET_ICONS[ticket.state]} />
              {words.text(`common.state_${ticket.state}`)}
            </span>
          </>
        ) : (
          "–"
        )}
      </td>
      <td class="table__number">{since ? stopwatch(clock.age(since)) : "–"}</td>
      <td class="table__number">{words.number(counter.waiting)}</td>
    </tr>
  );
}

function ServiceRow({
  service,
  waiting,
  clock,
}: {
  service: ServiceInfo | WithdrawnService;
  waiting: TicketBrief[];
  clock: ServerClock;
}) {
  const words = useWords();
  const longest = longestWait(waiting, clock);
  const late = waiting.filter((each) => isLate(each, [service], clock)).length;
  return (
    <tr>
      <th scope="row">
        <span class="number">{service.code}</span> {words.name(service.name)}
      </th>
      <td class="table__number">{words.number(waiting.length)}</td>
      <td class="table__number">{longest ? stopwatch(clock.age(longest.queued_at)) : "–"}</td>
      <td>
        {late > 0 ? (
          <span class="late">
            <Icon name="warning" />
            {words.text("console.over_target", { n: late, minutes: service.target_wait_minutes })}
          </span>
        ) : (
          words.text("supervisor.within", { minutes: service.target_wait_minutes })
        )}
      </td>
      <td>{"open" in service ? waitText(words, service.estimate) : "–"}</td>
      <td>{stateOf(words, service)}</td>
    </tr>
  );
}

function stateOf(words: SupervisorWords, service: ServiceInfo | WithdrawnService): string {
  if (!("open" in service)) return words.text("console.withdrawn");
  return words.text(service.closed_reason ? `supervisor.closed_${service.closed_reason}` : "supervisor.open");
}

function longestWait(waiting: TicketBrief[], clock: ServerClock): TicketBrief | null {
  return waiting.reduce<TicketBrief | null>(
    (most, each) => (most && clock.age(most.queued_at) >= clock.age(each.queued_at) ? most : each),
    null,
  );
}

function isLate(
  ticket: TicketBrief,
  services: Pick<ServiceInfo, "code" | "target_wait_minutes">[],
  clock: ServerClock,
): boolean {
  const service = services.find((each) => each.code === ticket.service);
  return service !== undefined && clock.age(ticket.queued_at) > service.target_wait_minutes * 60;
}
