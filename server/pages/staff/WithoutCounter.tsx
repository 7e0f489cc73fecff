/** That some wait whom no counter calls, and what to do about them. */
import { Banner } from "../shared/components/Banner";
import type { Queue } from "../shared/contract";
import { useWords } from "./translations";

export function WithoutCounter({ queue }: { queue: Queue }) {
  const words = useWords();
  const left = queue.waiting.filter((each) => each.without_counter);
  if (left.length === 0) return null;
  const numbers = left.map((each) => each.number).join(", ");
  return (
    <Banner tone="warning">
      <span>
        {words.text("console.without_counter", { n: left.length, numbers })}{" "}
        {words.text("console.without_counter_text")}
      </span>
    </Banner>
  );
}
