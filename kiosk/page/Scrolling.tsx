/** The room of a step. What does not fit scrolls, and a button below it says so: not everybody thinks of swiping. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { Icon } from "../../server/pages/shared/components/Icon";
import { useWords } from "./translations";
import type { Visit } from "./visit";

/** What one touch moves where no choices stand, in parts of what is seen: the last line seen stays in sight. */
const STRIDE = 0.8;
/** Pixels of what scrolls that stay between its edge and a choice. */
const EDGE = 8;

interface ScrollingProps {
  step: Visit["step"];
  children: ComponentChildren;
}

/** Whether all is in sight; else what of it is: its top, its middle or its end. */
type Reach = "all" | "top" | "middle" | "end";

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

  const move = (way: 1 | -1) => main.current!.scrollBy(0, distance(main.current!, way));

  return (
    <div class="kiosk__room" ref={room}>
      {/* The number has nothing to touch, so that with large text only the focus lets a keyboard scroll to its end. */}
      <main class="kiosk__main" tabIndex={step === "issued" ? 0 : undefined} ref={main} onScroll={look}>
        <div class="kiosk__content" ref={content}>
          {children}
        </div>
      </main>
      {reach !== "all" && (
        <div class="reach">
          {reach === "middle" && (
            <button type="button" class="more more--up" onClick={() => move(-1)}>
              <Icon name="up" />
              <span>{words.text("kiosk.further_up")}</span>
            </button>
          )}
          {reach === "end" ? (
            <button type="button" class="more more--end" onClick={() => main.current!.scrollTo(0, 0)}>
              <Icon name="up" />
              <span>{words.text("kiosk.back_up")}</span>
            </button>
          ) : (
            <button type="button" class="more more--more" onClick={() => move(1)}>
              <Icon name="down" />
              <span>{words.text("kiosk.more_below")}</span>
            </button>
          )}
        </div>
      )}
    </div>
  );
}

/** How far to scroll down (1) or up (-1): the first choice that is not wholly in sight comes to the other edge. */
function distance(main: HTMLElement, way: 1 | -1): number {
  const stride = way * main.clientHeight * STRIDE;
  const { top, bottom } = main.getBoundingClientRect();
  const choices = Array.from(main.querySelectorAll(".tile")).map((each) => each.getBoundingClientRect());
  const next =
    way > 0 ? choices.find((each) => each.bottom > bottom) : choices.reverse().find((each) => each.top < top);
  if (!next) return stride;
  const far = way > 0 ? next.top - top - EDGE : next.bottom - bottom + EDGE;
  return far * way > EDGE ? far : stride; // a choice that is higher than the screen is read on
}

/** The button itself takes room, so that what counts is whether all would fit without it. */
function reachOf(room: HTMLElement, main: HTMLElement): Reach {
  if (main.scrollHeight <= room.clientHeight + 1) return "all";
  if (main.scrollTop + main.clientHeight >= main.scrollHeight - 2) return "end";
  return main.scrollTop < 2 ? "top" : "middle";
}
