/** One visit after another: what stands on the screen now, and what every step shares. */
import { useEffect, useReducer, useRef, useState } from "preact/hooks";

import { type Api, Problem } from "../../server/pages/shared/api";
import type { ServerClock } from "../../server/pages/shared/clock";
import { useLanguage } from "../../server/pages/shared/components/Speaking";
import { useLostSince } from "../../server/pages/shared/components/useLostSince";
import type { Board, BranchInfo, ServiceInfo } from "../../server/pages/shared/contract";
import type { Liveness } from "../../server/pages/shared/feed";
import { press } from "../../server/pages/shared/idempotencyKey";
import { Classes } from "./Classes";
import { useComfort } from "./comfort";
import { Frame } from "./Frame";
import { issue } from "./issue";
import { Issued } from "./Issued";
import { Issuing } from "./Issuing";
import { forgetOrder, keepOrder, keptOrder } from "./kept";
import { Connecting, Lost } from "./Lost";
import { Refused } from "./Refused";
import { Services } from "./Services";
import type { Density } from "./useDensity";
import { usePrints } from "./usePrints";
import { useQuiet } from "./useQuiet";
import { useTouchable } from "./useTouchable";
import { next, type Order, START } from "./visit";

/** Seconds without a touch after which a step goes back to the start. */
const QUIET = 30;
const QUIET_AFTER_NUMBER = 15;
/** Somebody who has to note the number looks for a pen first. */
const QUIET_WITHOUT_PAPER = 45;
const QUIET_WITHOUT_ANSWER = 60;

/** A connection that breaks for less than this many milliseconds need not trouble anybody. */
const LOST_AFTER = 3_000;

export interface TerminalProps {
  api: Api;
  branch: string;
  board: Board | null;
  info: BranchInfo | null;
  liveness: Liveness;
  clock: ServerClock;
  mainLanguage: string;
  demo: boolean;
  onIdle: (idle: boolean) => void;
  /** The server does not let this kiosk issue. */
  onDenied: (problem: Problem) => void;
}

export function Terminal({
  api,
  branch,
  board,
  info,
  liveness,
  clock,
  mainLanguage,
  demo,
  onIdle,
  onDenied,
}: TerminalProps) {
  const [visit, act] = useReducer(next, START);
  /** Whether it is known that no order was under way when the page ended. */
  const [begun, setBegun] = useState(false);
  /** Done when a crash of the browser no longer loses the order: before that it is not sent. */
  const stored = useRef(Promise.resolve());
  const { language, choose } = useLanguage();
  const comfort = useComfort();
  const density = useRef<Density | null>(null);
  const [unanswered, setUnanswered] = useState(false);
  const [withoutPaper, setWithoutPaper] = useState(false);
  const lostSince = useLostSince(liveness, clock, LOST_AFTER);
  const settled = useTouchable(visit.step);
  const { prints, codes } = usePrints(api, `${liveness.live} ${visit.step === "services"}`);

  useEffect(() => {
    // An order that was still under way asks again for the same number.
    void keptOrder(branch).then((order) => {
      if (order) {
        choose(order.language);
        act({ type: "order", order });
      }
      setBegun(true);
    });
  }, [branch]);

  const order = visit.step === "issuing" ? visit.order : null;
  useEffect(() => {
    setUnanswered(false);
    if (!order) return;
    setWithoutPaper(false); // not after the number: the step that shows it may have said already that no paper comes
    const stop = new AbortController();
    const sent = stored.current.then(() => issue(api, branch, order, stop.signal, () => setUnanswered(true)));
    sent.then(
      (ticket) => act({ type: "issued", order, ticket }),
      (error: unknown) => {
        if (stop.signal.aborted) return;
        if (!(error instanceof Problem)) throw error;
        forgetOrder(branch);
        if (error.status === 401 || error.status === 403) onDenied(error);
        else act({ type: "refused", order, problem: error });
      },
    );
    return () => stop.abort();
  }, [order?.press]);

  const restart = () => {
    forgetOrder(branch);
    act({ type: "restart" });
    choose(mainLanguage);
    comfort.reset();
  };
  const changed = language !== mainLanguage || comfort.larger || comfort.contrast;
  const quiet = useQuiet(quietSeconds(), `${visit.step} ${unanswered} ${withoutPaper}`, restart);
  const idle = quiet.left === null && visit.step === "services";
  useEffect(() => onIdle(idle), [idle]);

  function quietSeconds(): number | null {
    if (visit.step === "services") return changed ? QUIET : null;
    if (visit.step === "issuing") return unanswered ? QUIET_WITHOUT_ANSWER : null;
    if (visit.step === "issued") return withoutPaper ? QUIET_WITHOUT_PAPER : QUIET_AFTER_NUMBER;
    return QUIET;
  }

  const classes = info?.priority_classes ?? [];
  const ask = (service: ServiceInfo, priority: string | null) => {
    const order: Order = { service, priority, language, press: press() };
    stored.current = keepOrder(branch, order);
    act({ type: "order", order });
  };

  function content() {
    if (visit.step === "issued") {
      return <Issued api={api} ticket={visit.ticket} board={board} demo={demo} onWithoutPaper={setWithoutPaper} />;
    }
    if (visit.step === "issuing") return <Issuing service={visit.order.service} unanswered={unanswered} />;
    if (lostSince) return <Lost since={lostSince} />;
    if (!board || !info || !begun) return <Connecting />;
    if (visit.step === "refused") {
      return <Refused service={visit.order.service} problem={visit.problem} now={clock.now()} />;
    }
    if (visit.step === "classes") {
      return (
        <Classes service={visit.service} classes={classes} onChoose={(priority) => ask(visit.service, priority)} />
      );
    }
    const onChoose = (service: ServiceInfo) =>
      classes.length ? act({ type: "service", service }) : ask(service, null);
    return (
      <Services
        services={board.services}
        opening={board}
        clock={clock}
        withoutPaper={prints === false}
        withoutCode={codes === false}
        larger={comfort.larger}
        density={density}
        onChoose={onChoose}
      />
    );
  }

  return (
    <Frame
      name={board?.branch_name ?? info?.name ?? {}}
      clock={clock}
      comfort={comfort}
      step={visit.step}
      settled={settled}
      quiet={quiet}
      unanswered={unanswered}
      onRestart={restart}
    >
      {content()}
    </Frame>
  );
}
