/** The statistics as the API answers them, and the sums over their rows that may honestly be made. */
import type { StatisticsRow } from "../shared/contract";
import { stopwatch } from "../shared/texts";

export const BY = ["counter", "service", "hour", "day"] as const;
export type By = (typeof BY)[number];

/** Counts and means of a whole report. Medians of rows cannot be added up, and are not. */
export interface Totals {
  issued: number;
  called: number;
  served: number;
  noShow: number;
  meanWait: number | null;
  withinTarget: number | null;
}

export function totals(rows: readonly StatisticsRow[]): Totals {
  const sum = (of: (row: StatisticsRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const waits = sum((row) => row.wait.n);
  const called = sum((row) => row.called);
  return {
    issued: sum((row) => row.issued),
    called,
    served: sum((row) => row.served),
    noShow: sum((row) => row.no_show),
    meanWait: waits ? sum((row) => (row.wait.mean ?? 0) * row.wait.n) / waits : null,
    withinTarget: called ? sum((row) => (row.within_target ?? 0) * row.called) / called : null,
  };
}

/** Minutes and seconds, or a dash for what nobody has measured. */
export function clockTime(seconds: number | null): string {
  return seconds === null ? "–" : stopwatch(Math.round(seconds));
}

/** Whole numbers of minutes for an axis up to `most` seconds: at most five steps above zero, each easy to read. */
export function minuteTicks(most: number): number[] {
  const minutes = Math.max(most / 60, 1);
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 240];
  const step = steps.find((each) => minutes / each <= 5) ?? 480;
  return Array.from({ length: Math.ceil(minutes / step) + 1 }, (_, index) => index * step);
}
