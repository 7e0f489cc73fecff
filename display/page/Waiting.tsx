/** How many wait for each service: a few services at a time, so that their names can be read. */
import { Icon } from "../../server/pages/shared/components/Icon";
import type { Board } from "../../server/pages/shared/contract";
import { Both } from "./Both";
import { Fit } from "./Fit";
import type { WallWords } from "./translations";
import { useTurn } from "./useTurn";

/** With more services than this, their names would be too small to read: they take turns. */
const TOGETHER = 6;
/** Milliseconds for each of the turns. */
const STANDS = 8_000;

export function Waiting({ board, tongues }: { board: Board; tongues: WallWords[] }) {
  const words = tongues[0]!;
  const { services } = board;
  const pages = Math.ceil(services.length / TOGETHER);
  const page = useTurn(pages, STANDS, services.map((service) => service.code).join());
  if (services.length === 0) return null;
  const together = Math.ceil(services.length / pages);
  const shown = services.slice(page * together, (page + 1) * together);
  const many = services.length > 4;
  // The last page is as high as the others: what stands above it must not move.
  const blanks = Array.from({ length: together - shown.length }, (_, place) => place);
  return (
    <section class="waiting">
      <h2 class="waiting__title">
        <Icon name="people" />
        <Both tongues={tongues} say={(each) => each.text("display.waiting")} />
        {pages > 1 && (
          <span class="waiting__page number">
            {page + 1}/{pages}
          </span>
        )}
      </h2>
      <ul class={`waiting__list ${many ? "waiting__list--many" : ""}`}>
        {shown.map((service) => (
          <li key={service.code} class="service">
            <span class="service__code">{service.code}</span>
            <div>
              {tongues.map((each) => (
                <Fit key={each.language} class="service__name" lang={each.language} lines={2} tall={many ? 1.4 : 1.1}>
                  {each.name(service.name)}
                </Fit>
              ))}
            </div>
            <span class="service__count number">{words.number(board.waiting[service.code] ?? service.waiting)}</span>
          </li>
        ))}
        {blanks.map((place) => (
          <li key={place} class="service service--blank" aria-hidden="true">
            <span class="service__code">&nbsp;</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
