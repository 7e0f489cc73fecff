/** In a dialog: that nothing can be sent now, and why. */
import { Banner } from "../../../browser/components/Banner";
import { useWords } from "../words";

export function NotSent({ live }: { live: boolean }) {
  const words = useWords();
  return live ? null : <Banner tone="danger">{words.text("counter.why_not_live")}</Banner>;
}
