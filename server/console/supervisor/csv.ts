/** The report as a file for a spreadsheet. */
import { Problem, UNREACHABLE } from "../../browser/api";
import type { ProblemDetails } from "../../browser/contract";
import type { By } from "./measures";

/** Business days, both included, as ISO dates. */
export interface Range {
  from: string;
  to: string;
}

/** Where the API tells the statistics of a range; null: of the business day that is now. */
export function statisticsPath(slug: string, range: Range | null, by: By): string {
  const days = range ? `from=${range.from}&to=${range.to}&` : "";
  return `/branches/${slug}/statistics?${days}by=${by}`;
}

/**
 * Fetches the CSV that the statistics API gives and hands it to the browser as a download, whose name has the days
 * that the page shows. Throws a `Problem`.
 */
export async function downloadCsv(slug: string, range: Range | null, shown: Range, by: By): Promise<void> {
  const text = await fetchCsv(`/api/v1${statisticsPath(slug, range, by)}`);
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = [slug, by, ...new Set([shown.from, shown.to])].join("-") + ".csv";
  link.click();
  URL.revokeObjectURL(address);
}

async function fetchCsv(path: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(path, { headers: { Accept: "text/csv" }, credentials: "same-origin", cache: "no-store" });
  } catch (error) {
    throw new Problem({ code: UNREACHABLE, title: "No answer from the server", detail: String(error), status: 0 });
  }
  if (!response.ok) throw new Problem((await response.json()) as ProblemDetails);
  return response.text();
}
