/** The icons: plain strokes on a 24 × 24 grid, in the colour of the text they stand with. */
import type { CounterState, TicketState } from "../contract";

const PATHS = {
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4M12 3v2",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 21c.6-4 3.6-6 7.5-6s6.9 2 7.5 6",
  people:
    "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 20c.5-3.5 3-5.2 6.5-5.2s6 1.7 6.5 5.2M16 5.3a3.5 3.5 0 0 1 0 6.4M18 15.2c2 .7 3.2 2.3 3.5 4.8",
  check: "M4.5 12.5l5 5 10-11",
  cross: "M6 6l12 12M18 6L6 18",
  pause: "M8.5 5v14M15.5 5v14",
  leave: "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
  absent: "M10 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM2.5 21c.6-4 3.6-6 7.5-6 1 0 2 .1 2.8.4M16 16l5 5M21 16l-5 5",
  warning: "M12 3.5L22 20.5H2zM12 10v5M12 17.7v.3",
  offline:
    "M3 3l18 18M8.5 16a5 5 0 0 1 6.5-.4M5 12.5a10 10 0 0 1 5-2.7M19 12.5a10 10 0 0 0-3-2.1M2 9a14.5 14.5 0 0 1 4.5-2.9M22 9A14.5 14.5 0 0 0 11 5M12 19.7v.3",
  arrow: "M4 12h16M14 6l6 6-6 6",
  back: "M20 12H4M10 6l-6 6 6 6",
  down: "M12 4v16M6 14l6 6 6-6",
  up: "M12 20V4M6 10l6-6 6 6",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L21 21",
  swap: "M4 8h15M15 4l4 4-4 4M20 16H5M9 12l-4 4 4 4",
  repeat: "M4 12a8 8 0 0 1 14-5.3L20 9M20 4v5h-5M20 12a8 8 0 0 1-14 5.3L4 15M4 20v-5h5",
  printer: "M7 9V3h10v6M7 17H4V9h16v8h-3M7 14h10v7H7z",
  counter: "M3 11h18M5 11v9M19 11v9M8 11V6h8v5",
  screen: "M3 4h18v12H3zM12 16v4M8 20h8",
  phone: "M7 2.5h10v19H7zM11 18.5h2",
  kiosk: "M6 2.5h12V14H6zM12 14v4M8 21.5h8M10 18h4v3.5h-4zM9 6.5h6M9 10h4",
  chart: "M4 4v16h16M8 16v-4M12 16V8M16 16v-6",
  book: "M12 6c-2-1.5-5-2-8-2v14c3 0 6 .5 8 2 2-1.5 5-2 8-2V4c-3 0-6 .5-8 2zM12 6v14",
  sound: "M4 9v6h4l5 4V5L8 9zM16.5 8.5a5 5 0 0 1 0 7M19 6a9 9 0 0 1 0 12",
  muted: "M4 9v6h4l5 4V5L8 9zM17 9.5l5 5M22 9.5l-5 5",
  star: "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1.1 5.9L12 16.9 6.7 19.7l1.1-5.9L3.5 9.7l5.9-.8z",
  lock: "M5 11h14v10H5zM8 11V7.5a4 4 0 0 1 8 0V11",
  key: "M8 4a5 5 0 1 0 0 10A5 5 0 0 0 8 4zM11.6 12.6l9 9M16.5 17.5l2.5-2.5M14 15l2-2",
  globe: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3.5 9h17M3.5 15h17M12 3c-5 5.5-5 12.5 0 18M12 3c5 5.5 5 12.5 0 18",
  letters: "M2.5 19l5-13 5 13M4.2 15h6.6M21.5 12.5V19M21.5 15.8a3.2 3.2 0 1 1-6.4 0 3.2 3.2 0 0 1 6.4 0",
  contrast: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 3v18M12 7.5h6.5M12 12h8.5M12 16.5h6.5",
  paper: "M6 3h12v17l-2-1.5-2 1.5-2-1.5-2 1.5-2-1.5-2 1.5zM9 8h6M9 12h6",
  calendar: "M4 6h16v14H4zM4 10.5h16M8 3v5M16 3v5M9 15.5l2 2 4-4",
  cane: "M9 4.5a1.9 1.9 0 1 0 3.8 0 1.9 1.9 0 1 0-3.8 0M10.5 9c-1.8 1.2-2.7 3.2-2.5 6l2.5 1.8V21.5M10.5 9l2.2 4 3.3 1.2M8.5 17.5L6.5 21.5M17 13v8.5",
  wheelchair:
    "M9.5 4.3a1.8 1.8 0 1 0 3.6 0 1.8 1.8 0 1 0-3.6 0M11.3 8.5V14.5h5.2l2.2 5.5M11.3 11h4M8.3 11.8a5.2 5.2 0 1 0 7 6.7",
  expecting:
    "M9.5 4.3a1.8 1.8 0 1 0 3.6 0 1.8 1.8 0 1 0-3.6 0M11.3 8.5c-2.6.3-3 2.5-3 6h2.2v7M11.3 8.5c2.7.6 4.7 2.8 4.7 5 0 1.6-1 2.3-2.5 2.3v5.7",
  heart: "M12 20.5s-8-5-8-11A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 8 2.5c0 6-8 11-8 11z",
} as const;

export type IconName = keyof typeof PATHS;

/** `label`: what it means, where no words stand beside it; without one it is hidden from screen readers. */
export function Icon({ name, label }: { name: IconName; label?: string }) {
  const meaning = label ? { role: "img" as const, "aria-label": label } : { "aria-hidden": "true" as const };
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      focusable="false"
      {...meaning}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The icon that always goes with a ticket's state. */
export const TICKET_ICONS: Readonly<Record<TicketState, IconName>> = {
  waiting: "clock",
  called: "bell",
  serving: "person",
  parked: "pause",
  served: "check",
  no_show: "absent",
  cancelled: "leave",
  expired: "cross",
};

/** The icon that always goes with a counter's state. */
export const COUNTER_ICONS: Readonly<Record<CounterState, IconName>> = {
  open: "check",
  paused: "pause",
  closed: "lock",
};
