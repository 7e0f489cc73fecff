/** Waits, walks and service times over a range of days, as plots and numbers, by counter, service, hour and day. */
import { useEffect, useRef, useState } from "preact/hooks";

import { Problem } from "../shared/api";
import type { ServerClock } from "../shared/clock";
import { Banner } from "../shared/components/Banner";
import { Icon } from "../shared/components/Icon";
import { problemText } from "../shared/components/problemText";
import type { Counter, StatisticsRow } from "../shared/contract";
import type { Staff } from "../staff/StaffPage";
import { downloadCsv, type Range, statisticsPath } from "./csv";
import { BY, type By, clockTime, totals } from "./measures";
import { Figure } from "./Now";
import { Bars } from "./plots/Bars";
import { Course, type Point } from "./plots/Course";
import { StatisticsTable } from "./StatisticsTable";
import { type SupervisorWords, useWords } from "./translations";
import { useLoaded } from "./useLoaded";

interface StatisticsProps {
  staff: Staff;
  /** Advances with everything that happens at the branch. */
  seq: number | null;
  counters: Counter[];
  clock: ServerClock;
}

/** While the branch works, the numbers of today are read again at most this often, in milliseconds. */
const AGAIN = 5_000;

export function Statistics({ staff, seq, counters, clock }: StatisticsProps) {
  const words = useWords();
  const today = localDate(clock.now(), staff.branch.timezone);
  /** null: the business day that is now, which the server knows best after midnight. */
  const [chosen, setRange] = useState<Range | null>(null);
  const range = chosen ?? { from: today, to: today };
  const valid = range.from !== "" && range.to !== "" && range.from <= range.to;
  return (
    <>
      <PrintedHead staff={staff} range={range} now={clock.now()} />
      <section class="card stack unprinted">
        <h2>{words.text("supervisor.part_waits")}</h2>
        <div class="cluster range">
          <label class="field">
            <span class="field__label">{words.text("supervisor.from")}</span>
            <input
              class="field__input"
              type="date"
              value={range.from}
              max={today}
              onInput={(event) => setRange({ ...range, from: event.currentTarget.value })}
            />
          </label>
          <label class="field">
            <span class="field__label">{words.text("supervisor.to")}</span>
            <input
              class="field__input"
              type="date"
              value={range.to}
              max={today}
              onInput={(event) => setRange({ ...range, to: event.currentTarget.value })}
            />
          </label>
          {([1, 7, 30] as const).map((days) => (
            <button
              key={days}
              type="button"
              class="button range__quick"
              onClick={() => setRange(days === 1 ? null : { from: daysBefore(today, days - 1), to: today })}
            >
              {words.text(`supervisor.last_${days}`)}
            </button>
          ))}
        </div>
        {!valid && <Banner tone="warning">{words.text("supervisor.range_wrong")}</Banner>}
      </section>
      {valid && (
        <Report
          staff={staff}
          range={chosen}
          shown={range}
          seq={range.to >= today ? seq : null}
          counters={counters}
          words={words}
        />
      )}
    </>
  );
}

/** On paper: whose numbers these are, of which days, and when they were printed. */
function PrintedHead({ staff, range, now }: { staff: Staff; range: Range; now: Date }) {
  const words = useWords();
  const days = [...new Set([range.from, range.to])].filter(Boolean).map((each) => words.date(`${each}T12:00:00Z`));
  return (
    <div class="printed">
      <p class="printed__branch">{words.name(staff.branch.name)}</p>
      <p>
        {words.text("supervisor.part_waits")}: {days.join(" – ")}
      </p>
      <p class="soft">{words.text("supervisor.printed_at", { date: words.date(now), time: words.time(now) })}</p>
    </div>
  );
}

interface ReportProps {
  staff: Staff;
  range: Range | null;
  /** The days as the page's fields name them. */
  shown: Range;
  seq: number | null;
  counters: Counter[];
  words: SupervisorWords;
}

function Report({ staff, range, shown, seq, counters, words }: ReportProps) {
  const useReport = (by: By) =>
    useLoaded<{ rows: StatisticsRow[] }>(statisticsPath(staff.branch.slug, range, by), staff.expire);
  const reports = {
    counter: useReport("counter"),
    service: useReport("service"),
    hour: useReport("hour"),
    day: useReport("day"),
  };
  useAgain(seq, () => BY.forEach((by) => reports[by].reload()));
  const [failed, setFailed] = useState<Problem | null>(null);

  const days = reports.day.value?.rows;
  const problem = failed ?? BY.map((by) => reports[by].problem).find(Boolean);
  const single = days?.length === 1 ? days[0]! : null;
  const sums = days && totals(days);
  const download = async (by: By) => {
    setFailed(null);
    try {
      await downloadCsv(staff.branch.slug, range, shown, by);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setFailed(error);
    }
  };

  const sections = BY.filter(
    (by) => (by !== "day" || (range !== null && range.from !== range.to)) && reports[by].value?.rows.length,
  );
  return (
    <>
      {problem && <Banner tone="danger">{problemText(words, problem)}</Banner>}
      {sums && (
        <dl class="figures">
          <Figure name={words.text("supervisor.issued")} value={words.number(sums.issued)} icon="kiosk" />
          <Figure name={words.text("supervisor.served")} value={words.number(sums.served)} icon="check" />
          <Figure
            name={words.text("supervisor.no_show")}
            value={words.number(sums.noShow)}
            icon="absent"
            detail={sums.called ? words.percent(sums.noShow / sums.called) : undefined}
          />
          <Figure name={words.text("supervisor.mean_wait")} value={clockTime(sums.meanWait)} icon="clock" />
          {single && <Figure name={words.text("supervisor.p50")} value={clockTime(single.wait.p50)} icon="clock" />}
          {single && <Figure name={words.text("supervisor.p90")} value={clockTime(single.wait.p90)} icon="clock" />}
          <Figure
            name={words.text("supervisor.within_target")}
            value={sums.withinTarget === null ? "–" : words.percent(sums.withinTarget)}
            icon="star"
          />
        </dl>
      )}
      {sums?.issued === 0 && sums.called === 0 && <p class="soft large">{words.text("supervisor.nothing_yet")}</p>}
      {sections.length > 0 && (
        <nav class="cluster unprinted" aria-label={words.text("supervisor.sections")}>
          {sections.map((by) => (
            <button key={by} type="button" class="button" onClick={() => leadTo(by)}>
              {words.text(`supervisor.by_${by}`)}
            </button>
          ))}
          <button type="button" class="button" onClick={() => window.print()}>
            <Icon name="printer" />
            <span>{words.text("supervisor.print")}</span>
          </button>
        </nav>
      )}
      {sections.map((by) => {
        const rows = reports[by].value!.rows;
        const named = rows.map((row) => ({ ...row, name: nameOf(by, row.key, staff, counters, words) }));
        return (
          <section key={by} class="card report stack" aria-label={words.text(`supervisor.by_${by}`)}>
            <div class="bar">
              <h2 id={`by-${by}`} tabIndex={-1}>
                {words.text(`supervisor.by_${by}`)}
              </h2>
              <button type="button" class="button unprinted" onClick={() => void download(by)}>
                {words.text("supervisor.csv")}
                <span class="unseen"> {words.text(`supervisor.by_${by}`)}</span>
              </button>
            </div>
            <Plot by={by} rows={named} staff={staff} words={words} />
            <StatisticsTable
              title={words.text(`supervisor.by_${by}`)}
              issued={by !== "counter"}
              rows={named}
              words={words}
            />
          </section>
        );
      })}
    </>
  );
}

/** Brings a section into sight, and the keyboard with it. */
function leadTo(by: By): void {
  const heading = document.getElementById(`by-${by}`)!;
  heading.focus({ preventScroll: true });
  heading.parentElement!.parentElement!.scrollIntoView();
}

interface PlotProps {
  by: By;
  rows: (StatisticsRow & { name: string })[];
  staff: Staff;
  words: SupervisorWords;
}

function Plot({ by, rows, staff, words }: PlotProps) {
  const drawn = rows.filter((row) => row.wait.n > 0);
  if (drawn.length === 0) return null;
  const shared = {
    id: `plot-${by}`,
    title: words.text("supervisor.plot_title", { by: words.text(`supervisor.by_${by}`) }),
    description: words.text("supervisor.plot_text", {
      values: drawn.map((row) => `${row.name}: ${clockTime(row.wait.p50)}, ${clockTime(row.wait.p90)}`).join("; "),
    }),
    legend: {
      p50: words.text("supervisor.legend_p50"),
      p90: words.text("supervisor.legend_p90"),
      target: words.text("supervisor.legend_target"),
    },
    minutes: (n: number) => words.text("common.minutes_short", { n }),
  };
  const values = (from: typeof rows) =>
    from.map((row) => ({ key: row.key, name: row.name, p50: row.wait.p50, p90: row.wait.p90 }));
  if (by === "hour") return <Course {...shared} points={everyHour(values(rows), words)} />;
  if (by === "day") return <Course {...shared} points={values(rows)} />;
  const promised = (key: string) =>
    staff.branch.services.find((each) => by === "service" && each.code === key)?.target_wait_minutes;
  return <Bars {...shared} bars={values(drawn).map((each) => ({ ...each, target: promised(each.key) }))} />;
}

/** The API names hours as a clock does: 08:00. */
const hourOf = (point: Point): number => Number.parseInt(point.key, 10);

/** Hours in which nobody was called stand empty between those with a wait, so that the axis is a clock. */
function everyHour(points: Point[], words: SupervisorWords): Point[] {
  const hours = points.map(hourOf);
  const first = Math.min(...hours);
  return Array.from({ length: Math.max(...hours) - first + 1 }, (_, index) => {
    const known = points.find((each) => hourOf(each) === first + index);
    return known ?? { key: String(first + index), name: hourName(String(first + index), words), p50: null, p90: null };
  });
}

function hourName(key: string, words: SupervisorWords): string {
  return words.text("supervisor.hour", { hour: key.slice(0, 2).padStart(2, "0") });
}

function nameOf(by: By, key: string, staff: Staff, counters: Counter[], words: SupervisorWords): string {
  if (by === "counter") {
    const counter = counters.find((each) => String(each.number) === key);
    return counter ? words.name(counter.name) : words.text("supervisor.counter_gone", { number: key });
  }
  if (by === "service") {
    const service = staff.branch.services.find((each) => each.code === key);
    return service ? `${key} ${words.name(service.name)}` : key;
  }
  if (by === "hour") return hourName(key, words);
  // Noon in UTC is the same day in every zone up to 12 hours away: the date itself is meant.
  return new Intl.DateTimeFormat(words.locale, { day: "numeric", month: "short", timeZone: "UTC" }).format(
    new Date(`${key}T12:00:00Z`),
  );
}

/** Calls `reload` after the branch has moved on from what it was at first, at most every `AGAIN` milliseconds. */
function useAgain(seq: number | null, reload: () => void): void {
  const latest = useRef(reload);
  latest.current = reload;
  // none yet: the numbers may be older than the first that comes
  const known = useRef(seq);
  const pending = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    if (seq === null || seq === known.current) return;
    known.current = seq;
    pending.current ??= setTimeout(() => {
      pending.current = null;
      latest.current();
    }, AGAIN);
  }, [seq]);
  useEffect(
    () => () => {
      if (pending.current) clearTimeout(pending.current);
    },
    [],
  );
}

/** The date in the branch's zone, as ISO writes it. */
function localDate(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

function daysBefore(date: string, days: number): string {
  const at = new Date(`${date}T12:00:00Z`);
  at.setUTCDate(at.getUTCDate() - days);
  return at.toISOString().slice(0, 10);
}
