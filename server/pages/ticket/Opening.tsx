/** What the page shows while there is no ticket: not yet, or not at all. */
import { LanguageSwitch } from "../shared/components/LanguageSwitch";
import { useWords } from "./translations";

export function Loading({ unreachable }: { unreachable: boolean }) {
  const words = useWords();
  return (
    <main class="ticket ticket--alone">
      <p class="large" role="status">
        {words.text(unreachable ? "ticket.unreachable" : "common.loading")}
      </p>
    </main>
  );
}

export function Unknown() {
  const words = useWords();
  return (
    <main class="ticket ticket--alone">
      <LanguageSwitch />
      <h1>{words.text("ticket.unknown_title")}</h1>
      <p class="large">{words.text("ticket.unknown_text")}</p>
    </main>
  );
}
