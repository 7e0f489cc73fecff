/** The server does not take this browser for a display: a word for customers, and for IT exactly what to do. */
import { DeviceToken } from "../../server/pages/shared/components/DeviceToken";
import { Icon } from "../../server/pages/shared/components/Icon";
import { LanguageSwitch } from "../../server/pages/shared/components/LanguageSwitch";
import type { ProblemDetails } from "../../server/pages/shared/contract";
import { useWords } from "./translations";

interface NotAdmittedProps {
  branch: string;
  /** Null: this browser has not been given a token. */
  problem: ProblemDetails | null;
}

export function NotAdmitted({ branch, problem }: NotAdmittedProps) {
  const words = useWords();
  return (
    <main class="admission">
      <Icon name="lock" />
      <h1>{title()}</h1>
      <p class="large">{words.text("display.not_admitted")}</p>
      <DeviceToken role="display" branch={branch} problem={problem} />
      <LanguageSwitch />
    </main>
  );

  function title(): string {
    if (!problem) return words.text("display.token_missing");
    if (problem.code === "not-found") return words.text("display.branch_unknown", { branch });
    return words.text("display.token_refused");
  }
}
