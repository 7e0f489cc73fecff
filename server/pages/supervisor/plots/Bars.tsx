/** Median and 90th percentile side by side, one pair a row: which counter or service keeps people waiting. */
import { clockTime, minuteTicks } from "../measures";
import { useWidth } from "./useWidth";

interface BarsProps {
  id: string;
  title: string;
  description: string;
  /** What the bar and the line behind it are called. */
  legend: { p50: string; p90: string; target: string };
  /** `target`: the wait that was promised, in minutes, where there is one. */
  bars: { key: string; name: string; p50: number | null; p90: number | null; target: number | undefined }[];
  /** How a tick of so many minutes is written. */
  minutes: (n: number) => string;
}

const ROW = 46;
const AXIS = 26;

export function Bars({ id, title, description, legend, bars, minutes }: BarsProps) {
  const [box, width] = useWidth<HTMLElement>();
  const ticks = minuteTicks(Math.max(0, ...bars.map((each) => Math.max(each.p90 ?? 0, (each.target ?? 0) * 60))));
  const room = width - 64; // what is left for a value at the end of the longest bar
  const x = (seconds: number) => (seconds / (ticks[ticks.length - 1]! * 60)) * room;
  const height = bars.length * ROW + AXIS;
  return (
    <figure class="plot" ref={box}>
      <Legend {...legend} target={bars.some((each) => each.target) ? legend.target : null} />
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-desc`}
      >
        <title id={`${id}-title`}>{title}</title>
        <desc id={`${id}-desc`}>{description}</desc>
        {ticks.map((tick) => (
          <g key={tick}>
            <line class="plot__grid" x1={x(tick * 60) + 1} x2={x(tick * 60) + 1} y1={0} y2={height - AXIS} />
            <text class="plot__tick" x={x(tick * 60)} y={height - 8} text-anchor={tick ? "middle" : "start"}>
              {minutes(tick)}
            </text>
          </g>
        ))}
        {bars.map((each, index) => (
          <g key={each.key} transform={`translate(0 ${index * ROW})`}>
            <text class="plot__name" x={4} y={16}>
              {each.name}
            </text>
            {each.target && (
              <line class="plot__target" x1={x(each.target * 60)} x2={x(each.target * 60)} y1={18} y2={42} />
            )}
            {each.p90 !== null && each.p50 !== null && (
              <>
                <rect class="plot__p50" x={1} y={22} width={Math.max(2, x(each.p50))} height={16} />
                <line class="plot__p90" x1={x(each.p50)} x2={x(each.p90)} y1={30} y2={30} />
                <line class="plot__p90" x1={x(each.p90)} x2={x(each.p90)} y1={23} y2={37} />
                <text class="plot__value" x={x(each.p90) + 6} y={35}>
                  {clockTime(each.p50)} / {clockTime(each.p90)}
                </text>
              </>
            )}
          </g>
        ))}
      </svg>
    </figure>
  );
}

/** Shapes as well as colours: a bar, a whisker, and a dashed mark for what was promised. */
function Legend({ p50, p90, target }: { p50: string; p90: string; target: string | null }) {
  return (
    <figcaption class="legend small">
      <span>
        <svg width="24" height="14" aria-hidden="true">
          <rect class="plot__p50" x="0" y="0" width="24" height="14" />
        </svg>{" "}
        {p50}
      </span>
      <span>
        <svg width="24" height="14" aria-hidden="true">
          <line class="plot__p90" x1="0" x2="22" y1="7" y2="7" />
          <line class="plot__p90" x1="22" x2="22" y1="0" y2="14" />
        </svg>{" "}
        {p90}
      </span>
      {target && (
        <span>
          <svg width="8" height="16" aria-hidden="true">
            <line class="plot__target" x1="4" x2="4" y1="0" y2="16" />
          </svg>{" "}
          {target}
        </span>
      )}
    </figcaption>
  );
}
