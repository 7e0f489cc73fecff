/** The wall while nobody is called. */
import { Both } from "./Both";
import { Fit } from "./Fit";
import type { WallWords } from "./words";

export function Welcome({ open, tongues }: { open: boolean; tongues: WallWords[] }) {
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
      <p class="welcome__text">
        <Both tongues={tongues} say={(words) => words.text(open ? "display.welcome_text" : "display.closed_text")} />
      </p>
    </section>
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
