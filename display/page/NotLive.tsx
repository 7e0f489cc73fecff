/** Stands where the call would, so that nobody takes an old one for new. */
import { ForDevice } from "../../server/pages/shared/components/ForDevice";
import { Icon } from "../../server/pages/shared/components/Icon";
import { Both } from "./Both";
import type { WallWords } from "./translations";

export function NotLive({ since, tongues }: { since: Date; tongues: WallWords[] }) {
  return (
    <section class="not-live" role="alert">
      <Icon name="offline" />
      <p class="not-live__since">
        <Both tongues={tongues} say={(words) => words.text("display.not_live", { time: words.time(since) })} />
      </p>
      <p class="not-live__text">
        <Both tongues={tongues} say={(words) => words.text("display.not_live_text")} />
      </p>
      <ForDevice />
    </section>
  );
}
