/** The report as a file for a spreadsheet. */
import { Problem, UNREACHABLE } from "../shared/api";
import type { ProblemDetails } from "../shared/contract";
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
 * Fetches the statistics as the spreadsheets of the branch's language open them and hands them to the browser as a
 * download, whose name has the days that the page shows. Throws a `Problem`.
 */
export async function downloadCsv(slug: string, range: Range | null, shown: Range, by: By): Promise<void> {
  const file = await fetchFile(`/api/v1${statisticsPath(slug, range, by)}&format=spreadsheet`);
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = [slug, by, ...new Set([shown.from, shown.to])].join("-") + ".csv";
  link.click();
  URL.revokeObjectURL(address);
}

async function fetchFile(path: string): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", cache: "no-store" });
  } catch (error) {
    throw new Problem({ code: UNREACHABLE, title: "No answer from the server", detail: String(error), status: 0 });
  }
  if (!response.ok) throw new Problem((await response.json()) as ProblemDetails);
  return response.blob(); // its text would come without the mark at its beginning
}
