/** The browser lets the page sound only after a touch: asks for it beside the clock, then keeps a small mark there. */
import { useEffect, useState } from "preact/hooks";

import { Icon } from "../../server/pages/shared/components/Icon";
import { Both } from "./Both";
import type { WallWords } from "./translations";

const ASKS_FOR = 30_000;

/** A touch anywhere turns the sound on; this only says so. */
export function Muted({ tongues }: { tongues: WallWords[] }) {
  const [asking, setAsking] = useState(true);
  useEffect(() => {
    const end = setTimeout(() => setAsking(false), ASKS_FOR);
    return () => clearTimeout(end);
  }, []);
  return (
    <button type="button" class={`button muted ${asking ? "button--primary muted--asking" : ""}`}>
      <Icon name="muted" />
      <span>
        <Both tongues={tongues} say={(words) => words.text(asking ? "display.touch_for_sound" : "display.muted")} />
      </span>
    </button>
  );
}
