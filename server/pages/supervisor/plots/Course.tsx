/** The wait in its course over hours or days: the median as a line, up to the 90th percentile as an area. */
import { minuteTicks } from "../measures";
import { useWidth } from "./useWidth";

/** One hour or day; its values are null when nobody was called in it. */
export interface Point {
  key: string;
  name: string;
  p50: number | null;
  p90: number | null;
}

interface CourseProps {
  id: string;
  title: string;
  description: string;
  legend: { p50: string; p90: string };
  /** In order of time; a point without values leaves a gap. */
  points: Point[];
  minutes: (n: number) => string;
}

type Known = { x: number; p50: number; p90: number };

const HEIGHT = 260;
const LEFT = 60;
const TOP = 12;
const BOTTOM = 30;

export function Course({ id, title, description, legend, points, minutes }: CourseProps) {
  const [box, width] = useWidth<HTMLElement>();
  const ticks = minuteTicks(Math.max(0, ...points.map((each) => each.p90 ?? 0)));
  const most = ticks[ticks.length - 1]! * 60;
  const y = (seconds: number) => TOP + (1 - seconds / most) * (HEIGHT - TOP - BOTTOM);
  const step = (width - LEFT - 8) / Math.max(1, points.length);
  const x = (index: number) => LEFT + (index + 0.5) * step;
  const every = Math.ceil(56 / step); // names that would touch are left out
  const runs = unbroken(
    points.map((each, index) =>
      each.p50 === null || each.p90 === null ? null : { x: x(index), p50: y(each.p50), p90: y(each.p90) },
    ),
  );
  return (
    <figure class="plot" ref={box}>
      <figcaption class="legend small">
        <span>
          <svg width="24" height="14" aria-hidden="true">
            <line class="plot__line" x1="0" x2="24" y1="7" y2="7" />
            <circle class="plot__point" cx="12" cy="7" r="4" />
          </svg>{" "}
          {legend.p50}
        </span>
        <span>
          <svg width="24" height="14" aria-hidden="true">
            <rect class="plot__area" width="24" height="14" />
            <line class="plot__edge" x1="0" x2="24" y1="1" y2="1" />
          </svg>{" "}
          {legend.p90}
        </span>
      </figcaption>
      <svg
        width={width}
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-desc`}
      >
        <title id={`${id}-title`}>{title}</title>
        <desc id={`${id}-desc`}>{description}</desc>
        {ticks.map((tick) => (
          <g key={tick}>
            <line class="plot__grid" x1={LEFT} x2={width} y1={y(tick * 60)} y2={y(tick * 60)} />
            <text class="plot__tick" x={LEFT - 6} y={y(tick * 60) + 5} text-anchor="end">
              {minutes(tick)}
            </text>
          </g>
        ))}
        {runs.map((run) => (
          <g key={run[0]!.x}>
            <path class="plot__area" d={`M${along(run, "p90")}L${along([...run].reverse(), "p50")}Z`} />
            <path class="plot__edge" d={`M${along(run, "p90")}`} />
            <path class="plot__line" d={`M${along(run, "p50")}`} />
            {run.map((each) => (
              <g key={each.x}>
                {run.length === 1 && <line class="plot__p90" x1={each.x} x2={each.x} y1={each.p50} y2={each.p90} />}
                <circle class="plot__point" cx={each.x} cy={each.p50} r={4} />
              </g>
            ))}
          </g>
        ))}
        {points.map((each, index) =>
          index % every === 0 ? (
            <text key={each.key} class="plot__tick" x={x(index)} y={HEIGHT - 8} text-anchor="middle">
              {each.name}
            </text>
          ) : null,
        )}
      </svg>
    </figure>
  );
}

function along(run: Known[], which: "p50" | "p90"): string {
  return run.map((each) => `${each.x.toFixed(1)},${each[which].toFixed(1)}`).join("L");
}

/** Splits at the gaps: a line across an hour without customers would claim a wait that nobody had. */
function unbroken(points: (Known | null)[]): Known[][] {
  const runs: Known[][] = [];
  let open: Known[] | null = null;
  for (const point of points) {
    if (!point) open = null;
    else if (open) open.push(point);
    else runs.push((open = [point]));
  }
  return runs;
}
