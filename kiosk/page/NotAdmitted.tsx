/** The server does not take this browser for a kiosk: a word for customers, and for IT exactly what to do. */
import { DeviceToken } from "../../server/pages/shared/components/DeviceToken";
import { Icon } from "../../server/pages/shared/components/Icon";
import { LanguageSwitch } from "../../server/pages/shared/components/LanguageSwitch";
import { Title } from "./Title";
import { useWords } from "./translations";

interface NotAdmittedProps {
  branch: string;
  /** Null: this browser has not been given a token. */
  problem: { code: string; detail: string | null } | null;
}

export function NotAdmitted({ branch, problem }: NotAdmittedProps) {
  const words = useWords();
  return (
    <main class="admission">
      <div class="message">
        <span class="message__sign message__sign--sorry">
          <Icon name="lock" />
        </span>
        <Title>{title()}</Title>
        <p class="message__text">{words.text("kiosk.token_for_customers")}</p>
      </div>
      <DeviceToken role="kiosk" branch={branch} problem={problem} />
      <LanguageSwitch />
    </main>
  );

  function title(): string {
    if (!problem) return words.text("kiosk.token_missing");
    if (problem.code === "not-found") return words.text("kiosk.branch_unknown", { branch });
    return words.text("kiosk.token_refused");
  }
}
