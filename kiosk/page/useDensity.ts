/** How closely the services stand: as roomy as the screen allows, and no closer than a finger and an eye can take. */
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** From the roomiest to the closest; services.css says what each looks like. */
export const DENSITIES = ["grand", "roomy", "normal", "compact", "dense", "tight"] as const;
export type Density = (typeof DENSITIES)[number];

/** How wide a tile is at least, in rem. */
const WIDTH: Readonly<Record<Density, number>> = {
  grand: 24,
  roomy: 30,
  normal: 20,
  compact: 16,
  dense: 12.5,
  tight: 14.5,
};
/** Between two tiles, in rem: the widest gap of services.css. */
const GAP = 1;
/** Larger letters want wider tiles, by so much. */
const WIDER = 1.2;
/** So many services are few enough to fill the screen. */
const GRAND = 3;

interface Fitted {
  /**
   * Counts and names of what was fitted; the numbers in the tiles do not count, so that tiles do not jump with them.
   */
  what: string;
  larger: boolean;
  width: number;
  height: number;
}

/**
 * Sets `data-density` on `offer`, and the columns of its `list`, so that all tiles are in sight where they can be.
 * `what` names the content. With `larger` text the density stays what it was: closer tiles would take back what the
 * letters gain. `kept` outlives the step, for a customer who comes back to it.
 */
export function useDensity(
  offer: RefObject<HTMLElement | null>,
  list: RefObject<HTMLElement | null>,
  count: number,
  what: string,
  larger: boolean,
  kept: { current: Density | null },
): void {
  const fitted = useRef<Fitted | null>(null);
  const latest = useRef(() => {});
  latest.current = () => {
    const main = offer.current!.closest("main")!;
    const room = main.parentElement!;
    const now = { what, larger, width: room.clientWidth, height: room.clientHeight };
    const before = fitted.current;
    const same =
      before !== null &&
      before.what === what &&
      before.larger === larger &&
      before.width === now.width &&
      before.height === now.height;
    const overflows = () => main.scrollHeight > room.clientHeight + 1;
    if (same && !(overflows() && !larger)) return;
    fitted.current = now;
    const stand = (density: Density) => {
      offer.current!.dataset["density"] = density;
      arrange(list.current!, count, density, larger);
    };
    if (larger && kept.current) {
      stand(kept.current);
      return;
    }
    const first = same && kept.current ? DENSITIES.indexOf(kept.current) : count <= GRAND ? 0 : 1;
    for (const density of DENSITIES.slice(first)) {
      stand(density);
      kept.current = density;
      if (!overflows()) break;
    }
  };

  useLayoutEffect(() => latest.current());
  useLayoutEffect(() => {
    const sizes = new ResizeObserver(() => latest.current());
    sizes.observe(offer.current!.closest("main")!.parentElement!);
    sizes.observe(list.current!);
    return () => sizes.disconnect();
  }, []);
}

/** As many columns as there is room for, but none that would stay short of a tile in every row. */
function arrange(list: HTMLElement, count: number, density: Density, larger: boolean): void {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const narrowest = WIDTH[density] * (larger ? WIDER : 1);
  const most = Math.max(1, Math.floor((list.clientWidth / rem + GAP) / (narrowest + GAP)));
  const rows = Math.ceil(count / most);
  const columns = Math.ceil(count / rows);
  list.style.setProperty("--columns", String(columns));
  list.style.setProperty("--rows", String(rows));
  // the third of three is as wide as the two above it
  list.toggleAttribute("data-odd", columns === 2 && count === 3);
}
