/** A server's clock that cannot be believed: what it shows, and a supervisor's word that it is right now. */
import { useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { Banner } from "../shared/components/Banner";
import { problemText } from "../shared/components/problemText";
import type { ClockTrouble } from "../shared/contract";
import type { Staff } from "../staff/StaffPage";
import { api } from "../staff/useSession";
import { useWords } from "./translations";

export function ServerClock({ staff, trouble }: { staff: Staff; trouble: ClockTrouble | null }) {
  const words = useWords();
  const [failed, setFailed] = useState<Problem | null>(null);
  if (!trouble) return null;

  const shown = (at: string) => words.text("supervisor.clock_at", { date: words.date(at), time: words.time(at) });
  const confirm = async () => {
    setFailed(null);
    try {
      await api.post(`/branches/${staff.branch.slug}/clock`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) staff.expire();
      setFailed(error);
    }
  };

  return (
    <Banner tone="danger">
      <span>
        {words.text(`supervisor.clock_${trouble.fault}`, {
          clock: shown(trouble.clock),
          last: shown(trouble.last_event_at),
        })}
        {failed && <> {problemText(words, failed)}</>}
      </span>
      <button type="button" class="button" onClick={() => void confirm()}>
        {words.text("supervisor.clock_right")}
      </button>
    </Banner>
  );
}
