/** The calls before, newest first: always complete, even while some of them still wait to be spoken. */
import { Icon, TICKET_ICONS } from "../../server/pages/shared/components/Icon";
import type { Call } from "../../server/pages/shared/contract";
import { Both } from "./Both";
import { Fit } from "./Fit";
import type { WallWords } from "./translations";

interface RecentCallsProps {
  calls: Call[];
  columns: number;
  tongues: WallWords[];
}

export function RecentCalls({ calls, columns, tongues }: RecentCallsProps) {
  const words = tongues[0]!;
  return (
    <section class="recent">
      <h2 class="heading">
        <Both tongues={tongues} say={(each) => each.text("display.recent")} />
      </h2>
      {calls.length === 0 && <p class="recent__none">{words.text("display.recent_none")}</p>}
      <ol class={`recent__list ${columns > 1 ? `recent__list--compact recent__list--columns-${columns}` : ""}`}>
        {calls.map((call) => (
          <li key={call.id} class={`row row--${call.state}`}>
            <Icon name={TICKET_ICONS[call.state]} label={words.text(`common.state_${call.state}`)} />
            <Fit class="row__number number" fill>
              {call.number}
            </Fit>
            <Fit class="row__counter" lines={2} fill>
              {words.name(call.counter_name)}
            </Fit>
          </li>
        ))}
      </ol>
    </section>
  );
}
