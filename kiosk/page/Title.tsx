/** The heading of a step. It takes the focus, so that a screen reader begins where the eye does. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export function Title({ children, hint }: { children: ComponentChildren; hint?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <div class="title">
      <h1 class="title__text" tabIndex={-1} ref={heading}>
        {children}
      </h1>
      {hint && <p class="title__hint">{hint}</p>}
    </div>
  );
}
