/** What surrounds every step: whose kiosk it is, the time, the way back, the languages and the way of reading. */
import type { ComponentChildren } from "preact";

import type { ServerClock } from "../../server/pages/shared/clock";
import { Clock } from "../../server/pages/shared/components/Clock";
import { Icon } from "../../server/pages/shared/components/Icon";
import { LanguageSwitch } from "../../server/pages/shared/components/LanguageSwitch";
import type { Localised } from "../../server/pages/shared/contract";
import type { Comfort } from "./comfort";
import { QuietBar, type QuietBarProps } from "./QuietBar";
import { Scrolling } from "./Scrolling";
import { useWords } from "./translations";

interface FrameProps extends QuietBarProps {
  name: Localised;
  clock: ServerClock;
  comfort: Comfort;
  /** False right after a step appeared: touches are not meant for it yet. */
  settled: boolean;
  children: ComponentChildren;
}

export function Frame({ name, clock, comfort, step, settled, children, ...bar }: FrameProps) {
  const words = useWords();
  return (
    <div class={`kiosk kiosk--${step}${settled ? "" : " kiosk--settling"}`}>
      <header class="kiosk__head">
        <p class="kiosk__branch">{words.name(name)}</p>
        <Clock clock={clock} date />
      </header>
      {/* By its key, each step begins at its top. */}
      <Scrolling key={step} step={step}>
        {children}
      </Scrolling>
      <QuietBar step={step} {...bar} />
      <footer class="kiosk__foot">
        <div class="kiosk__languages">
          <Icon name="globe" />
          <LanguageSwitch />
        </div>
        <div class="kiosk__reading" role="group" aria-label={words.text("kiosk.reading")}>
          <button type="button" class="button" aria-pressed={comfort.larger} onClick={comfort.toggleLarger}>
            <Icon name="letters" />
            <span>{words.text("kiosk.larger_text")}</span>
          </button>
          <button type="button" class="button" aria-pressed={comfort.contrast} onClick={comfort.toggleContrast}>
            <Icon name="contrast" />
            <span>{words.text("kiosk.high_contrast")}</span>
          </button>
        </div>
      </footer>
    </div>
  );
}
