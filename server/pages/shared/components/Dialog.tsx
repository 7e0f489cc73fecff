/* eslint-disable jsx-a11y-x/click-events-have-key-events, jsx-a11y-x/no-static-element-interactions,
   jsx-a11y-x/no-noninteractive-element-interactions -- Escape and the buttons do what a touch on the veil does. */
/** A question that must be answered before anything else. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface DialogProps {
  title: string;
  /** Escape or a touch beside the dialog. Absent: it can only be left through its buttons. */
  onClose?: () => void;
  /** What single keys (lower case) do besides, in a dialog without fields. */
  keys?: Readonly<Record<string, () => void>>;
  /** The buttons, the safest first. */
  actions: ComponentChildren;
  children?: ComponentChildren;
}

const FOCUSABLE =
  "button:not([disabled]), a[href], input:not([disabled]), select:not([disabled]), textarea:not([disabled])";

/** Holds the focus while it is open and gives it back afterwards. An element with `data-first` gets it first. */
export function Dialog({ title, onClose, keys = {}, actions, children }: DialogProps) {
  const box = useRef<HTMLDivElement>(null);

  // before the next key can be pressed: what is typed at once belongs to the dialog
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const first = box.current?.querySelector<HTMLElement>("[data-first]") ?? box.current;
    first?.focus();
    return () => before?.focus();
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation(); // keys of the page behind mean nothing here
    if (event.key === "Escape") onClose?.();
    if (event.key === "Tab") keepInside(event, box.current!);
    if (!event.repeat && !event.ctrlKey && !event.altKey && !event.metaKey) keys[event.key.toLowerCase()]?.();
  };

  // The place keeps the veil out of the page's own layout, whose gaps and margins would move it.
  return (
    <div class="dialog-place">
      <div
        class="dialog-veil"
        onMouseDown={keepFocus}
        onClick={(event) => event.target === event.currentTarget && onClose?.()}
      >
        <div
          class="dialog"
          role="dialog"
          aria-modal="true"
          aria-labelledby="dialog-title"
          tabIndex={-1}
          ref={box}
          onKeyDown={onKeyDown}
        >
          <h2 class="dialog__title" id="dialog-title">
            {title}
          </h2>
          {children}
          <div class="dialog__actions">{actions}</div>
        </div>
      </div>
    </div>
  );
}

/** A touch on the veil does not take the focus out of the dialog, where the page's keys would be heard again. */
function keepFocus(event: MouseEvent): void {
  if (event.target === event.currentTarget) event.preventDefault();
}

function keepInside(event: KeyboardEvent, box: HTMLElement): void {
  const stops = Array.from(box.querySelectorAll<HTMLElement>(FOCUSABLE));
  const [first, last] = [stops[0], stops[stops.length - 1]];
  const at = document.activeElement;
  if (!first || !last) event.preventDefault();
  else if (event.shiftKey && (at === first || at === box)) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && at === last) {
    event.preventDefault();
    first.focus();
  }
}
