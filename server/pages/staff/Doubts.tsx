/** Papers of which nobody knows whether they came out. Whoever has looked says so here. */
import { useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { Banner } from "../shared/components/Banner";
import { problemText } from "../shared/components/problemText";
import type { Doubt } from "../shared/contract";
import { printerName } from "./printers";
import { RowButton } from "./RowButton";
import type { Staff } from "./StaffPage";
import { useWords } from "./translations";
import { api } from "./useSession";

interface DoubtsProps {
  staff: Staff;
  doubts: Doubt[];
  /** How many there are in all; the list may hold the latest only. */
  total: number;
  live: boolean;
  /** How many are shown here: the latest, in their order, so that a new one moves no button from under a finger. */
  shown?: number;
  settled?: () => void;
}

export function Doubts({ staff, doubts, total, live, shown = Infinity, settled }: DoubtsProps) {
  const words = useWords();
  const [busy, setBusy] = useState<string | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  const latest = doubts.slice(-shown);

  const resolve = async (doubt: Doubt, body: { resolution: "printed" | "lost"; print_again?: boolean }) => {
    setFailed(null);
    setBusy(doubt.job);
    try {
      await api.post(`/print-jobs/${doubt.job}/resolve`, body);
      settled?.();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) staff.expire();
      setFailed(error);
    }
    setBusy(null);
  };

  const off = !live || busy !== null;
  return (
    <>
      <ul class="tickets doubts">
        {latest.map((each) => (
          <li key={each.job} class="waiting">
            <span class="number waiting__number">{each.number}</span>
            <span class="waiting__what small">
              {words.time(each.at)}
              {each.printer && <span class="soft"> {printerName(words, each.printer)}</span>}
              {each.reason === "not_cut" && <span> {words.text("console.doubt_not_cut")}</span>}
              {each.reprint && <span class="soft"> {words.text("console.doubt_is_reprint")}</span>}
            </span>
            <span class="waiting__actions">
              <RowButton
                name={words.text("console.doubt_came")}
                number={each.number}
                off={off}
                press={() => void resolve(each, { resolution: "printed" })}
              />
              <RowButton
                name={words.text("console.reprint")}
                number={each.number}
                off={off}
                press={() => void resolve(each, { resolution: "lost", print_again: true })}
              />
            </span>
          </li>
        ))}
      </ul>
      {total > latest.length && (
        <p class="soft small">{words.text("console.doubts_more", { n: total - latest.length })}</p>
      )}
      {failed && <Banner tone="danger">{problemText(words, failed)}</Banner>}
    </>
  );
}
