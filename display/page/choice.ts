/** Which calls stand where on the wall. */
import type { Board, Call, TicketState } from "../../server/pages/shared/contract";
import { isCurrent } from "./speakingOrder";

/** Rows of recent calls that can be read from the back row; with more customers expected, columns of smaller rows. */
export const ROWS = 6;
export const COLUMNS = 4;

/** A number that was put back, set aside or cancelled must not be seen beside a counter. */
const SHOWN: readonly TicketState[] = ["called", "serving", "served", "no_show"];

export interface WallChoice {
  /** The call in large: the one that is being announced, else the newest whose customer is expected or served. */
  main: Call | null;
  /** The others, newest first, each with its latest call: all who are expected, up to ROWS times COLUMNS. */
  recent: Call[];
  columns: number;
}

/** A wall that knows nothing yet. */
export const NOTHING: WallChoice = { main: null, recent: [], columns: 1 };

/**
 * `announced`: the call that is being announced now. It stays large for its time, whatever became of it.
 * Of a board that is not `live`, nothing is large.
 */
export function choose(board: Board, announced: Call | null, live: boolean): WallChoice {
  const main = live ? (announced ?? board.calls.find(isCurrent) ?? null) : null;
  const others = board.calls.filter((call) => call.id !== main?.id && SHOWN.includes(call.state));
  // Who is still expected goes before who has been here, so that a burst pushes nobody from the wall.
  const expected = others.filter((call) => call.state === "called");
  const rest = others.filter((call) => call.state !== "called");
  const columns = Math.min(COLUMNS, Math.max(1, Math.ceil(expected.length / ROWS)));
  const kept = [...expected, ...rest].slice(0, columns * ROWS);
  return { main, recent: others.filter((call) => kept.includes(call)), columns };
}
