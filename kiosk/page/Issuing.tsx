/** Between the touch and the number. It says what is known, and nothing more. */
import { Icon } from "../../server/pages/shared/components/Icon";
import type { ServiceInfo } from "../../server/pages/shared/contract";
import { Title } from "./Title";
import { useWords } from "./translations";
import { useSlow } from "./useSlow";

export function Issuing({ service, unanswered }: { service: ServiceInfo; unanswered: boolean }) {
  const words = useWords();
  const slow = useSlow(3_000);
  return (
    <div class="message" aria-busy="true">
      <span class="message__wheel" aria-hidden="true" />
      <Title>{words.text("kiosk.issuing")}</Title>
      <p class="message__text">
        {words.text("kiosk.issuing_text", { service: words.name(service.name) })} {words.text("kiosk.issuing_once")}
      </p>
      <div role="status">
        {unanswered ? (
          <p class="banner banner--danger">
            <Icon name="offline" />
            <span>{words.text("kiosk.issuing_unanswered")}</span>
          </p>
        ) : (
          slow && <p class="message__text">{words.text("kiosk.issuing_slow")}</p>
        )}
      </div>
    </div>
  );
}
