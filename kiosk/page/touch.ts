/** Makes a public touch screen of a web page: nothing but its own buttons answers to a hand. */

/** Takes away the menu, the zoom, dragging, and the ways back out of the page. Once, at the start. */
export function behaveAsKiosk(): void {
  const refuse = (event: Event) => event.preventDefault();
  document.addEventListener("contextmenu", refuse);
  document.addEventListener("dragstart", refuse);
  document.addEventListener("gesturestart", refuse);
  document.addEventListener("wheel", (event) => event.ctrlKey && event.preventDefault(), { passive: false });
  document.addEventListener("touchmove", (event) => event.touches.length > 1 && event.preventDefault(), {
    passive: false,
  });
  document.addEventListener("keydown", (event) => leadsAway(event) && event.preventDefault());
  // A back button finds this very page again, also when it is pressed faster than the page can answer.
  stepForward(5);
  window.addEventListener("popstate", () => stepForward(2));
}

function stepForward(steps: number): void {
  for (let step = 0; step < steps; step++) history.pushState(null, "");
}

function leadsAway(event: KeyboardEvent): boolean {
  if (event.altKey) return event.key === "ArrowLeft" || event.key === "ArrowRight";
  return (event.ctrlKey || event.metaKey) && ["+", "-", "=", "0", "p", "s", "o", "f"].includes(event.key);
}
