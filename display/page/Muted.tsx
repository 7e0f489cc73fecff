/** The browser lets the page sound only after a touch: asks for it once, then keeps a small mark. */
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../server/browser/components/Icon";
import { useWords } from "./words";

const ASKS_FOR = 30_000;

/** A touch anywhere turns the sound on; this only says so. */
export function Muted() {
  const words = useWords();
  const [asking, setAsking] = useState(true);
  useEffect(() => {
    const end = setTimeout(() => setAsking(false), ASKS_FOR);
    return () => clearTimeout(end);
  }, []);
  return (
    <button type="button" class={`button muted ${asking ? "muted--asking" : ""}`}>
      <Icon name="muted" />
      <span>{words.text(asking ? "display.touch_for_sound" : "display.muted")}</span>
    </button>
  );
}
