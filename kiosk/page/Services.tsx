/** The first step: every service with who waits for it and for how long. */
import type { ServerClock } from "../../server/browser/clock";
import { Icon } from "../../server/browser/components/Icon";
import { waitText } from "../../server/browser/components/Wait";
import type { ServiceInfo } from "../../server/browser/contract";
import { Title } from "./Title";
import { useWords } from "./words";

interface ServicesProps {
  services: ServiceInfo[];
  opensAt: string | null;
  clock: ServerClock;
  /** No paper would come out now: customers are told before they choose. */
  withoutPaper: boolean;
  onChoose: (service: ServiceInfo) => void;
}

export function Services({ services, opensAt, clock, withoutPaper, onChoose }: ServicesProps) {
  const words = useWords();
  if (services.length === 0) return <Title>{words.text("kiosk.no_services")}</Title>;
  const closed = services.every((each) => each.closed_reason === "hours");
  const opens = opensAt ? opening(opensAt) : null;

  function opening(at: string): string {
    const time = words.time(at);
    const today = words.date(at) === words.date(clock.now());
    return today ? words.text("kiosk.opens_at", { time }) : words.text("kiosk.opens_on", { date: words.date(at), time });
  }

  return (
    <>
      {closed ? (
        <Title hint={words.text("kiosk.branch_closed_text")}>
          {words.text("kiosk.branch_closed")}
          {opens && <span class="title__opens">{opens}</span>}
        </Title>
      ) : (
        <Title hint={withoutPaper ? <WithoutPaper /> : words.text("kiosk.choose_service_hint")}>{words.text("kiosk.choose_service")}</Title>
      )}
      <ul class={`services ${crowd(services.length)}`} style={{ "--count": services.length }}>
        {services.map((each) => (
          <li key={each.code}>
            <ServiceTile service={each} opens={opens} onChoose={onChoose} />
          </li>
        ))}
      </ul>
    </>
  );
}

function WithoutPaper() {
  const words = useWords();
  return (
    <span class="title__warning" role="status">
      <Icon name="printer" />
      <span>{words.text("kiosk.no_paper_now")}</span>
    </span>
  );
}

/** A range is read as one thing, so no line ends in the middle of it. */
function unbroken(range: string): string {
  return range.replace(/–/g, "\u2060–\u2060");
}

/** How densely the tiles must stand. */
function crowd(services: number): string {
  if (services <= 4) return "services--few";
  return services <= 7 ? "" : "services--many";
}

interface ServiceTileProps {
  service: ServiceInfo;
  opens: string | null;
  onChoose: (service: ServiceInfo) => void;
}

function ServiceTile({ service, opens, onChoose }: ServiceTileProps) {
  const words = useWords();
  return (
    <button type="button" class="tile service" aria-disabled={!service.open} onClick={() => service.open && onChoose(service)}>
      <span class="service__code" aria-hidden="true">
        {service.code}
      </span>
      <span class="service__body">
        <span class="service__name">{words.name(service.name)}</span>
        {service.open ? <Line service={service} /> : <Closed service={service} opens={opens} />}
      </span>
      <span class="service__go" aria-hidden="true">
        <Icon name={service.open ? "arrow" : "lock"} />
      </span>
    </button>
  );
}

/** The line as it stands: how many, how long, what is left, and whether anyone serves it yet. */
function Line({ service }: { service: ServiceInfo }) {
  const words = useWords();
  const { waiting, estimate, remaining } = service;
  return (
    <span class="service__facts">
      <span class="service__fact">
        <Icon name="people" />
        <span>{waiting === 0 ? words.text("kiosk.waiting_none") : words.text("kiosk.waiting", { n: waiting })}</span>
      </span>
      <span class="service__fact service__fact--wait">
        <Icon name="clock" />
        {estimate ? (
          <span>{words.text("kiosk.wait", { wait: unbroken(waitText(words, estimate)) })}</span>
        ) : (
          <span>
            <span aria-hidden="true">{words.text("kiosk.wait", { wait: "—" })}</span>
            <span class="unseen">{words.text("kiosk.wait_unsaid")}</span>
          </span>
        )}
      </span>
      {remaining !== null && (
        <span class="service__fact">
          <Icon name="paper" />
          <span>{words.text("kiosk.remaining", { n: remaining })}</span>
        </span>
      )}
      {service.closed_reason === "no_counter" && (
        <span class="service__fact service__fact--warning">
          <Icon name="warning" />
          <span>{words.text("kiosk.no_counter")}</span>
        </span>
      )}
    </span>
  );
}

function Closed({ service, opens }: { service: ServiceInfo; opens: string | null }) {
  const words = useWords();
  const hours = service.closed_reason === "hours";
  return (
    <span class="service__facts">
      <span class="service__fact">{words.text(hours ? "kiosk.closed" : "kiosk.closed_quota")}</span>
      {hours && opens && <span class="service__fact">{opens}</span>}
    </span>
  );
}
