/** What the turn of the business day did to the numbers that were open, until somebody has read it. */
import { useState } from "preact/hooks";

import { Banner } from "../shared/components/Banner";
import type { DayTurn } from "../shared/contract";
import { useWords } from "./translations";

export function DayTurned({ turn }: { turn: DayTurn | null }) {
  const words = useWords();
  const [read, setRead] = useState<string | null>(null);
  if (!turn || turn.at === read) return null;

  const shown = (at: string) => words.text("console.day_turned_at", { date: words.date(at), time: words.time(at) });
  const jumped = turn.clock_before !== null && turn.clock_after !== null;
  return (
    <Banner tone={turn.while_working ? "warning" : "plain"} icon="warning">
      <span>
        {jumped &&
          words.text("console.day_turned_clock", {
            before: shown(turn.clock_before!),
            after: shown(turn.clock_after!),
          })}{" "}
        {turn.carried > 0 && jumped && words.text("console.day_turned_carried", { n: turn.carried })}{" "}
        {turn.expired > 0 && words.text("console.day_turned_expired", { n: turn.expired, at: shown(turn.at) })}
      </span>
      <button type="button" class="button" onClick={() => setRead(turn.at)}>
        {words.text("console.day_turned_read")}
      </button>
    </Banner>
  );
}
