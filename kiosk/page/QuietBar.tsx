/** The way back to the start: by touch, or by itself after a quiet time that everyone can see and extend. */
import { Icon, type IconName } from "../../server/pages/shared/components/Icon";
import { useWords } from "./translations";
import type { Quiet } from "./useQuiet";
import type { Visit } from "./visit";

/** Screen readers are told once, so many seconds before the end. */
const WARN_AT = 10;

export interface QuietBarProps {
  step: Visit["step"];
  quiet: Quiet;
  /** The server has not answered an order yet. */
  unanswered: boolean;
  onRestart: () => void;
}

export function QuietBar({ step, quiet, unanswered, onRestart }: QuietBarProps) {
  const words = useWords();
  const { left } = quiet;
  const restart = restartWords();

  function restartWords(): { icon: IconName; text: string } {
    if (step === "issued") return { icon: "check", text: words.text("kiosk.done") };
    if (step === "refused") return { icon: "back", text: words.text("kiosk.choose_another") };
    if (step === "issuing") return { icon: "cross", text: words.text("kiosk.stop_trying") };
    return { icon: "back", text: words.text("common.back") };
  }

  return (
    <div class="quiet" hidden={left === null}>
      {left !== null && (
        <>
          <p class="quiet__left" aria-hidden="true">
            <Icon name="clock" />
            <span>
              {words.text("kiosk.closing_in", { n: left })}
              <span class="quiet__stay">{words.text("kiosk.touch_to_stay")}</span>
            </span>
          </p>
          <button type="button" class="button quiet__more" onClick={quiet.more}>
            {words.text("kiosk.more_time")}
          </button>
          {(step !== "issuing" || unanswered) && (
            <button
              type="button"
              class={`button quiet__restart ${step === "issued" ? "button--primary" : ""}`}
              onClick={onRestart}
            >
              <Icon name={restart.icon} />
              <span>{restart.text}</span>
            </button>
          )}
        </>
      )}
      <p class="unseen" role="status">
        {left !== null && left <= WARN_AT && words.text("kiosk.closing_soon", { seconds: WARN_AT })}
      </p>
    </div>
  );
}
