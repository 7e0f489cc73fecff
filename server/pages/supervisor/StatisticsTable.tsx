/** The numbers behind a plot, complete. */
import type { Spread, StatisticsRow } from "../shared/contract";
import { clockTime } from "./measures";
import type { SupervisorWords } from "./translations";

interface StatisticsTableProps {
  title: string;
  /** False where the rows are counters: nobody takes a number at one. */
  issued: boolean;
  rows: (StatisticsRow & { name: string })[];
  words: SupervisorWords;
}

const COUNTS = ["issued", "called", "served", "no_show"] as const;
const SPREADS = ["wait", "walk", "service_time"] as const;

export function StatisticsTable({ title, issued, rows, words }: StatisticsTableProps) {
  const counts = COUNTS.filter((each) => issued || each !== "issued");
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={words.text("supervisor.table", { title })}>
      <table class="table table--dense">
        <thead>
          <tr>
            <td rowSpan={2} />
            {counts.map((each) => (
              <th key={each} rowSpan={2} scope="col" class="table__number">
                {words.text(`supervisor.${each}`)}
              </th>
            ))}
            {SPREADS.map((each) => (
              <th key={each} colSpan={3} scope="colgroup" class="table__group">
                {words.text(`supervisor.${each}`)}
              </th>
            ))}
            <th rowSpan={2} scope="col" class="table__number">
              {words.text("supervisor.within_target")}
            </th>
          </tr>
          <tr>
            {SPREADS.map((each) => [
              <th key={`${each}-mean`} scope="col" class="table__number table__first">
                {words.text("supervisor.mean")}
              </th>,
              <th key={`${each}-p50`} scope="col" class="table__number">
                p50
              </th>,
              <th key={`${each}-p90`} scope="col" class="table__number">
                p90
              </th>,
            ])}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} data-key={row.key}>
              <th scope="row">{row.name}</th>
              {counts.map((each) => (
                <td key={each} class="table__number">
                  {words.number(row[each])}
                </td>
              ))}
              {SPREADS.map((each) => (
                <SpreadCells key={each} spread={row[each]} />
              ))}
              <td class="table__number">{row.within_target === null ? "–" : words.percent(row.within_target)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SpreadCells({ spread }: { spread: Spread }) {
  return (
    <>
      <td class="table__number table__first">{clockTime(spread.mean)}</td>
      <td class="table__number">{clockTime(spread.p50)}</td>
      <td class="table__number">{clockTime(spread.p90)}</td>
    </>
  );
}
