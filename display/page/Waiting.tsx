/** How many wait for each service. */
import { Icon } from "../../server/browser/components/Icon";
import type { Board } from "../../server/browser/contract";
import { Both } from "./Both";
import { Fit } from "./Fit";
import type { WallWords } from "./words";

/** With more services than this, their names would be too small to read: code and count alone. */
const NAMED = 6;

export function Waiting({ board, tongues }: { board: Board; tongues: WallWords[] }) {
  const words = tongues[0]!;
  const named = board.services.length <= NAMED;
  if (board.services.length === 0) return null;
  return (
    <section class="waiting">
      <h2 class="waiting__title">
        <Icon name="people" />
        <Both tongues={tongues} say={(each) => each.text("display.waiting")} />
      </h2>
      <ul class={`waiting__list waiting__list--${named ? "named" : "codes"}`}>
        {board.services.map((service) => (
          <li key={service.code} class="service">
            <span class="service__code">{service.code}</span>
            {named ? (
              <div>
                {tongues.map((each) => (
                  <Fit key={each.language} class="service__name" lang={each.language} lines={2} tall={1.1}>
                    {each.name(service.name)}
                  </Fit>
                ))}
              </div>
            ) : (
              <span class="unseen">{words.name(service.name)}</span>
            )}
            <span class="service__count number">{words.number(board.waiting[service.code] ?? service.waiting)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
