/** It is certain that no number was issued: an apology, the reason, when to come back, and another choice. */
import { when } from "../../server/pages/shared/again";
import type { Problem } from "../../server/pages/shared/api";
import { Icon } from "../../server/pages/shared/components/Icon";
import type { ServiceInfo } from "../../server/pages/shared/contract";
import { Title } from "./Title";
import { useWords } from "./translations";

interface RefusedProps {
  service: ServiceInfo;
  problem: Problem;
  now: Date;
}

export function Refused({ service, problem, now }: RefusedProps) {
  const words = useWords();
  const name = { service: words.name(service.name) };

  function reason(): string {
    if (problem.code === "service-closed" && problem.closesAt) {
      return words.text("kiosk.not_issued_last_ticket", { ...name, time: words.time(problem.closesAt) });
    }
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
      {problem.opensAt && (
        <p class="message__text message__text--strong">
          {words.text("kiosk.come_back", { when: when(words, problem.opensAt, now) })}
        </p>
      )}
    </div>
  );
}
