/** Text that always fits: as large as its place allows, however long an operator's words are. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** The smallest a text becomes, as a share of the size of its class. */
const SMALLEST = 0.2;
const STEP = 0.04;

interface FitProps {
  class?: string;
  lang?: string;
  /** How many lines it may take. The number of a ticket never takes two. */
  lines?: number;
  /** How tall it may become by that, as a multiple of one full line. */
  tall?: number;
  /** The layout gives its height (a row of a list, what is left of a panel); it fills that instead. */
  fill?: boolean;
  children: ComponentChildren;
}

/** In the full size of its class where that fits; else smaller, or on more lines, whichever gives larger letters. */
export function Fit({ class: name = "", lang, lines = 1, tall = 1, fill = false, children }: FitProps) {
  const box = useRef<HTMLDivElement>(null);
  const text = useRef<HTMLSpanElement>(null);
  const fitted = useRef("");

  const fit = () => {
    const [outer, inner] = [box.current!, text.current!];
    const place = `${outer.clientWidth} ${outer.clientHeight} ${inner.textContent} ${document.fonts.status}`;
    if (place === fitted.current) return;
    size(outer, inner, lines, fill ? null : tall);
    fitted.current = `${outer.clientWidth} ${outer.clientHeight} ${inner.textContent} ${document.fonts.status}`;
  };
  useLayoutEffect(fit);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(fit);
    observer.observe(box.current!);
    let here = true;
    void document.fonts.ready.then(() => here && fit());
    return () => {
      here = false;
      observer.disconnect();
    };
  }, []);

  return (
    <div class={`fit ${fill ? "fit--fill" : ""} ${name}`} lang={lang} ref={box}>
      <span class="fit__text" ref={text}>
        {children}
      </span>
    </div>
  );
}

/** `tall`: null where the box has its height from the layout. */
function size(box: HTMLElement, text: HTMLElement, lines: number, tall: number | null): void {
  const { style } = text;
  style.whiteSpace = "nowrap";
  style.fontSize = "1em";
  const line = text.offsetHeight;
  const height = (tall === null ? box.clientHeight : tall * line) + 1;
  const oneLine = Math.min(1, box.clientWidth / (text.scrollWidth + 1), height / line);
  style.fontSize = `${Math.max(SMALLEST, oneLine)}em`;
  if (lines === 1 || oneLine === 1) return;
  style.whiteSpace = "normal";
  for (let share = 1; share > oneLine && share > SMALLEST; share -= STEP) {
    style.fontSize = `${share}em`;
    const fits = text.scrollWidth <= box.clientWidth && text.offsetHeight <= Math.min(height, lines * share * line + 2);
    if (fits) return;
  }
  style.whiteSpace = "nowrap";
  style.fontSize = `${Math.max(SMALLEST, oneLine)}em`;
}
