/** The first step: every service with who waits for it and for how long. */
import { useRef } from "preact/hooks";

import { when } from "../../server/pages/shared/again";
import type { ServerClock } from "../../server/pages/shared/clock";
import { Icon, type IconName } from "../../server/pages/shared/components/Icon";
import { waitText } from "../../server/pages/shared/components/Wait";
import type { Opening, ServiceInfo } from "../../server/pages/shared/contract";
import { shortWait } from "./shortWait";
import { Title } from "./Title";
import { useWords } from "./translations";
import { type Density, useDensity } from "./useDensity";

/** Why a whole branch gives no numbers: it is closed, it closes soon, or all of today's are taken. */
const REASONS = { hours: ["hours"], last_ticket: ["last_ticket"], taken: ["quota", "numbers"] } as const;
type Reason = keyof typeof REASONS;

interface ServicesProps {
  services: ServiceInfo[];
  opening: Opening;
  clock: ServerClock;
  /** No paper would come out now: customers are told before they choose. */
  withoutPaper: boolean;
  /** Tickets get no code for phones. */
  withoutCode: boolean;
  /** The customer reads with larger text. */
  larger: boolean;
  /** How closely the tiles stood last; null before they were first shown. */
  density: { current: Density | null };
  onChoose: (service: ServiceInfo) => void;
}

export function Services(props: ServicesProps) {
  const words = useWords();
  if (props.services.length === 0) return <Title>{words.text("kiosk.no_services")}</Title>;
  return <Offer {...props} />;
}

function Offer({ services, opening, clock, withoutPaper, withoutCode, larger, density, onChoose }: ServicesProps) {
  const words = useWords();
  const offer = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const what = services.map((each) => [
    words.name(each.name),
    each.open,
    each.remaining === null,
    each.staffing,
    each.opens_at,
  ]);
  useDensity(offer, list, services.length, JSON.stringify([words.language, withoutPaper, what]), larger, density);
  const now = clock.now();
  // where everything is closed for one reason, the heading says it all
  const together = (Object.keys(REASONS) as Reason[]).find((reason) => closedFor(services, reason)) ?? null;
  return (
    <div class="offer" ref={offer}>
      <Heading
        closed={together}
        opening={opening}
        again={services[0]?.opens_at ?? null}
        now={now}
        withoutPaper={withoutPaper}
        withoutCode={withoutCode}
      />
      <ul class={`services ${services.length === 1 ? "services--one" : ""}`} ref={list}>
        {services.map((each) => (
          <li key={each.code}>
            <ServiceTile service={each} now={together ? null : now} onChoose={onChoose} />
          </li>
        ))}
      </ul>
    </div>
  );
}

interface HeadingProps {
  /** Why no service at all can be had. */
  closed: Reason | null;
  opening: Opening;
  again: string | null;
  now: Date;
  withoutPaper: boolean;
  withoutCode: boolean;
}

/** What can be done here now; where nothing can, why, and when to come back. */
function Heading({ closed, opening, again, now, withoutPaper, withoutCode }: HeadingProps) {
  const words = useWords();
  const opens = again ? when(words, again, now) : null;
  if (closed === "last_ticket" || closed === "taken") {
    const time = opening.closes_at ? words.time(opening.closes_at) : "";
    return (
      <Title hint={words.text(`kiosk.${closed}_text`, { time })}>
        {words.text(`kiosk.${closed}_over`)}
        {opens && <span class="title__opens">{words.text("kiosk.come_back", { when: opens })}</span>}
      </Title>
    );
  }
  if (closed === "hours") {
    return (
      <Title hint={words.text("kiosk.branch_closed_text")}>
        {words.text("kiosk.branch_closed")}
        {opens && <span class="title__opens">{words.text("common.opens", { when: opens })}</span>}
      </Title>
    );
  }
  return (
    <Title hint={withoutPaper ? <WithoutPaper code={!withoutCode} /> : words.text("kiosk.choose_service_hint")}>
      {words.text("kiosk.choose_service")}
    </Title>
  );
}

function closedFor(services: ServiceInfo[], reason: Reason): boolean {
  const why: readonly (string | null)[] = REASONS[reason];
  return services.every((each) => why.includes(each.closed_reason));
}

function WithoutPaper({ code }: { code: boolean }) {
  const words = useWords();
  return (
    <span class="title__warning" role="status">
      <Icon name="printer" />
      <span>{words.text(code ? "kiosk.no_paper_now" : "kiosk.no_paper_now_no_code")}</span>
    </span>
  );
}

/** A range is read as one thing, so no line ends in the middle of it. */
function unbroken(range: string): string {
  return range.replace(/–/g, "\u2060–\u2060");
}

interface ServiceTileProps {
  service: ServiceInfo;
  /** From when the tile says when to come back; null: it does not. */
  now: Date | null;
  onChoose: (service: ServiceInfo) => void;
}

function ServiceTile({ service, now, onChoose }: ServiceTileProps) {
  const words = useWords();
  return (
    <button
      type="button"
      class="tile service"
      aria-disabled={!service.open}
      onClick={() => service.open && onChoose(service)}
    >
      <span class="service__code" aria-hidden="true">
        {service.code}
      </span>
      <span class="service__body">
        <span class="service__name">{words.name(service.name)}</span>
        {service.open ? <Line service={service} /> : <Closed service={service} now={now} />}
      </span>
      <span class="service__go" aria-hidden="true">
        <Icon name={service.open ? "arrow" : "lock"} />
      </span>
    </button>
  );
}

/**
 * What a ticket taken now would be told: how many are called before it (also those of other services that the same
 * counters take), how long, what is left, and whether anyone serves it.
 */
function Line({ service }: { service: ServiceInfo }) {
  const words = useWords();
  const { ahead, estimate, remaining, staffing } = service;
  return (
    <span class="service__facts">
      <Fact
        icon="people"
        brief={ahead === 0 ? words.text("kiosk.ahead_none_brief") : words.text("kiosk.ahead_brief", { n: ahead })}
      >
        {ahead === 0 ? words.text("common.ahead_none") : words.text("common.ahead", { n: ahead })}
      </Fact>
      {estimate && (
        <Fact icon="clock" kind="wait" brief={unbroken(shortWait(words, estimate))}>
          {words.text("kiosk.wait", { wait: unbroken(waitText(words, estimate)) })}
        </Fact>
      )}
      {remaining !== null && (
        <Fact icon="paper" brief={words.text("kiosk.remaining_brief", { n: remaining })}>
          {words.text("kiosk.remaining", { n: remaining })}
        </Fact>
      )}
      {(staffing === "paused" || staffing === "closed") && (
        <span class="service__fact service__fact--warning">
          <Icon name="warning" />
          <span>{words.text(staffing === "paused" ? "kiosk.counter_paused" : "kiosk.no_counter")}</span>
        </span>
      )}
    </span>
  );
}

interface FactProps {
  icon: IconName;
  kind?: "wait";
  /** The same in fewer words, for tiles that stand closely. */
  brief: string;
  children: string;
}

function Fact({ icon, kind, brief, children }: FactProps) {
  return (
    <span class={kind ? `service__fact service__fact--${kind}` : "service__fact"}>
      <Icon name={icon} />
      <span class="service__whole">{children}</span>
      <span class="service__brief">{brief}</span>
    </span>
  );
}

/** Why no number is given, and when there are some again. */
function Closed({ service, now }: { service: ServiceInfo; now: Date | null }) {
  const words = useWords();
  const { closed_reason: reason, opens_at: at } = service;
  const again = at && now ? when(words, at, now) : null;
  const hours = reason === "hours";
  const why = hours ? "kiosk.closed" : reason === "last_ticket" ? "kiosk.closed_last_ticket" : "kiosk.closed_quota";
  return (
    <span class="service__facts">
      <span class="service__fact">{words.text(why)}</span>
      {again && (
        <span class="service__fact service__fact--again">
          <Icon name="clock" />
          <span>{words.text(hours ? "common.opens" : "kiosk.numbers_again", { when: again })}</span>
        </span>
      )}
    </span>
  );
}
