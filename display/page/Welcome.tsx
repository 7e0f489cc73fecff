/** The wall while nobody is called. */
import { when } from "../../server/pages/shared/again";
import type { ServerClock } from "../../server/pages/shared/clock";
import { useNow } from "../../server/pages/shared/components/useNow";
import type { Opening } from "../../server/pages/shared/contract";
import { Both } from "./Both";
import { Fit } from "./Fit";
import type { WallWords } from "./translations";

interface WelcomeProps {
  opening: Opening;
  clock: ServerClock;
  tongues: WallWords[];
}

export function Welcome({ opening, clock, tongues }: WelcomeProps) {
  const { open, opens_at: at } = opening;
  return (
    <section class="welcome">
      <Kawung />
      <h2 class="welcome__title">
        {tongues.map((words) => (
          <Fit key={words.language} lang={words.language}>
            {words.text(open ? "display.welcome" : "display.closed")}
          </Fit>
        ))}
      </h2>
      {!open && at && <Opens at={at} clock={clock} tongues={tongues} />}
      <p class="welcome__text">
        <Both tongues={tongues} say={(words) => words.text(open ? "display.welcome_text" : "display.closed_text")} />
      </p>
    </section>
  );
}

/** When there is somebody again; at midnight "tomorrow" becomes "today" by itself. */
function Opens({ at, clock, tongues }: { at: string; clock: ServerClock; tongues: WallWords[] }) {
  const now = useNow(clock);
  return (
    <div class="welcome__opens">
      {tongues.map((words) => (
        <Fit key={words.language} lang={words.language} lines={2} tall={1.3}>
          {words.text("common.opens", { when: when(words, at, now) })}
        </Fit>
      ))}
    </div>
  );
}

/** A ground of kawung, the palm-fruit pattern of Javanese cloth: four petals about each crossing. */
function Kawung() {
  return (
    <svg class="welcome__ground" aria-hidden="true" focusable="false">
      <pattern id="kawung" width="64" height="64" patternUnits="userSpaceOnUse">
        {[0, 90, 180, 270].map((turn) => (
          <g key={turn} transform={`rotate(${turn} 32 32)`}>
            <ellipse cx="32" cy="10" rx="10" ry="19" transform="rotate(45 32 32)" />
          </g>
        ))}
      </pattern>
      <rect width="100%" height="100%" fill="url(#kawung)" />
    </svg>
  );
}
