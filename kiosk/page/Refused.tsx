/** It is certain that no number was issued: an apology, the reason, and another choice. */
import { Icon } from "../../server/browser/components/Icon";
import type { Problem } from "../../server/browser/api";
import type { ServiceInfo } from "../../server/browser/contract";
import { Title } from "./Title";
import { useWords } from "./words";

export function Refused({ service, problem }: { service: ServiceInfo; problem: Problem }) {
  const words = useWords();
  const name = { service: words.name(service.name) };

  function reason(): string {
    if (problem.code === "service-closed") return words.text("kiosk.not_issued_closed", name);
    if (problem.code === "quota-reached") return words.text("kiosk.not_issued_quota", name);
    if (problem.code === "numbers-exhausted") return words.text("kiosk.not_issued_numbers", name);
    return words.text("kiosk.not_issued_trouble");
  }

  return (
    <div class="message">
      <span class="message__sign message__sign--sorry">
        <Icon name="cross" />
      </span>
      <Title>{words.text("kiosk.not_issued")}</Title>
      <p class="message__text">{reason()}</p>
    </div>
  );
}
