/** In a dialog: that nothing can be sent now, and why. */
import { Banner } from "../../shared/components/Banner";
import { useWords } from "../translations";

export function NotSent({ live }: { live: boolean }) {
  const words = useWords();
  return live ? null : <Banner tone="danger">{words.text("counter.why_not_live")}</Banner>;
}
