/** The supervisor's page: the branch now, its waits over time, its screens and papers, its staff. */
import { useEffect, useState } from "preact/hooks";

import { NotLive } from "../shared/components/Banner";
import { Icon, type IconName } from "../shared/components/Icon";
import { useFeed } from "../shared/components/useFeed";
import { DayTurned } from "../staff/DayTurned";
import { Head } from "../staff/Head";
import { PrinterTrouble } from "../staff/PrinterTrouble";
import type { Staff } from "../staff/StaffPage";
import { Devices } from "./Devices";
import { FailedSignIns } from "./FailedSignIns";
import { NoticeEditor } from "./NoticeEditor";
import { Now } from "./Now";
import { PhoneTickets } from "./PhoneTickets";
import { Printers } from "./Printers";
import { ServerClock } from "./ServerClock";
import { StaffList } from "./StaffList";
import { Statistics } from "./Statistics";
import { useWords } from "./translations";

const PARTS = ["now", "waits", "hall", "staff"] as const;
type Part = (typeof PARTS)[number];
const ICONS: Readonly<Record<Part, IconName>> = { now: "clock", waits: "chart", hall: "screen", staff: "people" };

export function SupervisorPage({ staff }: { staff: Staff }) {
  const words = useWords();
  const allowed = staff.role !== "agent";
  const parts = PARTS.filter((each) => each !== "staff" || staff.role === "admin");
  const part = usePart(parts);
  const { message, liveness, clock, refused } = useFeed({
    branch: staff.branch.slug,
    view: "queue",
    build: staff.build,
    isIdle: () => !document.querySelector('[role="dialog"]'),
  });
  useEffect(() => {
    if (refused?.code === "unauthenticated") staff.expire();
    if (refused?.code === "forbidden") staff.refresh();
  }, [refused]);

  return (
    <div class="screen">
      <Head staff={staff} liveness={liveness} clock={clock} signOut={() => void staff.signOut()} />
      <NotLive liveness={liveness} />
      {!allowed ? (
        <main class="alone stack">
          <h1>{words.text("supervisor.not_for_you")}</h1>
          <a class="button button--primary" href="/console">
            {words.text("console.page_counter")}
          </a>
        </main>
      ) : (
        <div class="supervisor">
          <nav class="parts" aria-label={words.text("supervisor.parts")}>
            {parts.map((each) => (
              <a
                key={each}
                class="button button--quiet"
                href={`#${each}`}
                aria-current={each === part ? "page" : undefined}
              >
                <Icon name={ICONS[each]} />
                <span>{words.text(`supervisor.part_${each}`)}</span>
              </a>
            ))}
          </nav>
          <main class="stack supervisor__main">
            <h1 class="unseen">{words.text(`supervisor.part_${part}`)}</h1>
            <ServerClock staff={staff} trouble={message?.state.clock_trouble ?? null} />
            <DayTurned turn={message?.state.day_turn ?? null} />
            {!message && <p role="status">{words.text("common.connecting")}</p>}
            {message && part === "now" && (
              <>
                <FailedSignIns staff={staff} />
                <PrinterTrouble printers={message.state.printers} low />
                <Now queue={message.state} clock={clock} />
                {staff.branch.join_by_phone && <PhoneTickets staff={staff} clock={clock} live={liveness.live} />}
              </>
            )}
            {part === "waits" && (
              <Statistics
                staff={staff}
                seq={message?.seq ?? null}
                counters={message?.state.counters ?? []}
                clock={clock}
              />
            )}
            {message && part === "hall" && (
              <>
                <NoticeEditor staff={staff} notice={message.state.notice} />
                <Printers staff={staff} queue={message.state} live={liveness.live} />
                <Devices staff={staff} />
              </>
            )}
            {part === "staff" && <StaffList staff={staff} />}
          </main>
        </div>
      )}
    </div>
  );
}

/** The part named after the # of the address. */
function usePart(parts: readonly Part[]): Part {
  const named = () => parts.find((each) => each === location.hash.slice(1)) ?? "now";
  const [part, setPart] = useState(named);
  useEffect(() => {
    const changed = () => setPart(named());
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, [parts.length]);
  return part;
}
