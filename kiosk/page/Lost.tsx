/** Without the server, before and after it was there. */
import { ForDevice } from "../../server/pages/shared/components/ForDevice";
import { Icon } from "../../server/pages/shared/components/Icon";
import { Title } from "./Title";
import { useWords } from "./translations";

export function Lost({ since }: { since: Date }) {
  const words = useWords();
  return (
    <div class="message">
      <span class="message__sign message__sign--lost">
        <Icon name="offline" />
      </span>
      <Title>{words.text("kiosk.lost_title")}</Title>
      <p class="message__text">{words.text("kiosk.lost_text")}</p>
      <p class="message__since">{words.text("kiosk.lost_since", { time: words.time(since) })}</p>
      <ForDevice />
    </div>
  );
}

export function Connecting() {
  const words = useWords();
  return (
    <div class="message" aria-busy="true">
      <span class="message__wheel" aria-hidden="true" />
      <p class="message__text">{words.text("common.connecting")}</p>
    </div>
  );
}
