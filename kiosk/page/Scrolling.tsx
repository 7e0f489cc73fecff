/** The room of a step. What does not fit scrolls, and a button below it says so: not everybody thinks of swiping. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../../server/browser/components/Icon";
import type { Visit } from "./visit";
import { useWords } from "./words";

/** What one touch of the button moves, in parts of what is seen: the last line seen stays in sight. */
const STRIDE = 0.8;

interface ScrollingProps {
  step: Visit["step"];
  children: ComponentChildren;
}

/** Whether all is in sight, or more lies below, or the end is reached. */
type Reach = "all" | "more" | "end";

export function Scrolling({ step, children }: ScrollingProps) {
  const words = useWords();
  const room = useRef<HTMLDivElement>(null);
  const main = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [reach, setReach] = useState<Reach>("all");

  const look = () => setReach(reachOf(room.current!, main.current!));
  // Before the step leaves the page, not after the next paint: sizes may change in between, of what is gone by then.
  useLayoutEffect(() => {
    const sizes = new ResizeObserver(look);
    sizes.observe(room.current!);
    sizes.observe(main.current!);
    sizes.observe(content.current!);
    return () => sizes.disconnect();
  }, []);

  const move = () => {
    const { clientHeight, scrollHeight } = main.current!;
    main.current!.scrollBy(0, reach === "more" ? clientHeight * STRIDE : -scrollHeight);
  };

  return (
    <div class="kiosk__room" ref={room}>
      {/* The number has nothing to touch, so that with large text only the focus lets a keyboard scroll to its end. */}
      <main class="kiosk__main" tabIndex={step === "issued" ? 0 : undefined} ref={main} onScroll={look}>
        <div class="kiosk__content" ref={content}>
          {children}
        </div>
      </main>
      {reach !== "all" && (
        <button type="button" class={`more more--${reach}`} onClick={move}>
          <Icon name={reach === "more" ? "down" : "up"} />
          <span>{words.text(reach === "more" ? "kiosk.more_below" : "kiosk.back_up")}</span>
        </button>
      )}
    </div>
  );
}

/** The button itself takes room, so that what counts is whether all would fit without it. */
function reachOf(room: HTMLElement, main: HTMLElement): Reach {
  if (main.scrollHeight <= room.clientHeight + 1) return "all";
  return main.scrollTop + main.clientHeight < main.scrollHeight - 2 ? "more" : "end";
}
