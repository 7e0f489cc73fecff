/** The call in large: number and counter, to be read from the back row. */
import { Icon } from "../../server/pages/shared/components/Icon";
import type { Call } from "../../server/pages/shared/contract";
import { Both } from "./Both";
import { Fit } from "./Fit";
import type { WallWords } from "./translations";

interface MainCallProps {
  call: Call;
  tongues: WallWords[];
  /** It is being announced: it looks like a call even if the customer was quicker than the chime. */
  announced: boolean;
}

export function MainCall({ call, tongues, announced }: MainCallProps) {
  const calling = announced || call.state === "called";
  const [first, ...others] = tongues;
  const name = first!.name(call.counter_name);
  const otherNames = others.map((words) => ({ lang: words.language, text: words.name(call.counter_name) }));
  return (
    <section class={`main-call ${calling ? "main-call--calling" : ""}`} aria-live="polite">
      <h2 class="main-call__label">
        <Icon name={calling ? "bell" : "person"} />
        <Both tongues={tongues} say={(words) => words.text(calling ? "display.number" : "display.serving")} />
      </h2>
      <Fit class="main-call__number number" fill>
        {call.number}
      </Fit>
      {calling && (
        <p class="main-call__label">
          <Icon name="arrow" />
          <Both tongues={tongues} say={(words) => words.text("display.go_to")} />
        </p>
      )}
      <div class="main-call__counter">
        <Fit class="main-call__counter-name" lang={first!.language} lines={2} tall={1.3}>
          {name}
        </Fit>
        {otherNames
          .filter((each) => each.text !== name)
          .map((each) => (
            <Fit key={each.lang} class="main-call__counter-other" lang={each.lang}>
              {each.text}
            </Fit>
          ))}
      </div>
    </section>
  );
}
