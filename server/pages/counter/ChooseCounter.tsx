/** Which counter to work at: those of the branch, and who is at which. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { Banner } from "../shared/components/Banner";
import { Dialog } from "../shared/components/Dialog";
import { COUNTER_ICONS, Icon } from "../shared/components/Icon";
import { problemText } from "../shared/components/problemText";
import type { Counter, ServiceInfo } from "../shared/contract";
import { stateText } from "../staff/counterState";
import { remembered } from "../staff/remembered";
import type { Staff } from "../staff/StaffPage";
import { useWords } from "../staff/translations";
import { api } from "../staff/useSession";
import { useKeys } from "./useKeys";

interface ChooseCounterProps {
  staff: Staff;
  counters: Counter[];
  services: ServiceInfo[];
  live: boolean;
  /** Who took over the counter that this page worked at. */
  lostTo: string | null;
  opened: (counter: OpenedCounter) => void;
}

/** A counter as the answer to opening it tells it; `seq`: how old that is. */
export type OpenedCounter = Counter & { seq: number };

export function ChooseCounter({ staff, counters, services, live, lostTo, opened }: ChooseCounterProps) {
  const words = useWords();
  const [asking, setAsking] = useState<Counter | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const list = useRef<HTMLUListElement>(null);
  // The first that nobody holds is the likeliest: Enter takes it.
  useLayoutEffect(
    () =>
      list.current?.querySelectorAll<HTMLElement>(".counter")[
        Math.max(
          0,
          counters.findIndex((each) => each.agent === null),
        )
      ]?.focus(),
    [],
  );

  const open = async (counter: Counter, takeOver: boolean) => {
    setProblem(null);
    setAsking(null);
    try {
      opened(
        await api.post<OpenedCounter>(
          `/counters/${staff.branch.slug}/${counter.number}/open`,
          takeOver ? { take_over: true } : {},
        ),
      );
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) staff.expire();
      // Somebody else opened it in the meantime: ask, with the truth on the screen.
      if (error.code === "counter-busy" && !takeOver && !error.ticket) setAsking(counter);
      else setProblem(error);
    }
  };
  const choose = (counter: Counter) => {
    if (!live) return;
    if (takenByOther(counter, staff)) setAsking(counter);
    else void open(counter, false);
  };
  const keyed = remembered("shortcuts") === "off" ? [] : counters.filter((each) => each.number <= 9);
  useKeys(Object.fromEntries(keyed.map((each) => [String(each.number), () => choose(each)])));

  return (
    <main class="page stack">
      <h1>{words.text("console.choose_counter")}</h1>
      {lostTo && <Banner tone="warning">{words.text("console.taken_over", { agent: lostTo })}</Banner>}
      {problem && <Banner tone="danger">{problemText(words, problem)}</Banner>}
      <ul class="counters" ref={list}>
        {counters.map((each) => (
          <li key={each.number}>
            <button
              type="button"
              class="tile counter"
              aria-disabled={!live}
              aria-keyshortcuts={keyed.includes(each) ? String(each.number) : undefined}
              onClick={() => choose(each)}
            >
              <span class="counter__number number number--plain">{each.number}</span>
              <span class="counter__what">
                <span class="tile__title">{words.name(each.name)}</span>
                <span class={`state state--${each.state}`}>
                  <Icon name={COUNTER_ICONS[each.state]} />
                  {each.agent
                    ? words.text("console.counter_held", { state: stateText(words, each), agent: each.agent })
                    : stateText(words, each)}
                </span>
                <span class="counter__services soft small">
                  {services
                    .filter((service) => each.services.includes(service.code))
                    .map((service) => `${service.code} ${words.name(service.name)}`)
                    .join(", ")}
                </span>
                <span class="small">{words.text("console.waiting_here", { n: each.waiting })}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {asking && (
        <Dialog
          title={words.text("console.take_over_title", { counter: words.name(asking.name) })}
          onClose={() => setAsking(null)}
          actions={
            <>
              <button type="button" class="button" data-first onClick={() => setAsking(null)}>
                {words.text("common.cancel")}
              </button>
              <button type="button" class="button button--primary" onClick={() => void open(asking, true)}>
                {words.text("console.take_over")}
              </button>
            </>
          }
        >
          <p>
            {words.text(asking.ticket ? "console.take_over_text_ticket" : "console.take_over_text", {
              agent: asking.agent ?? words.text("console.somebody"),
              number: asking.ticket?.number ?? "",
            })}
          </p>
        </Dialog>
      )}
    </main>
  );
}

function takenByOther(counter: Counter, staff: Staff): boolean {
  return counter.state !== "closed" && counter.agent !== null && counter.agent !== staff.session.user;
}
