/** The branch's notice: one page at a time, standing still, in one language after the other. */
import type { Localised } from "../../server/pages/shared/contract";
import { Fit } from "./Fit";
import { pagesOf } from "./paging";
import type { WallWords } from "./translations";
import { useTurn } from "./useTurn";

/** Milliseconds for a page: at a calm 12 characters a second, and a moment to notice it. */
const PAGE_STANDS = 9_000;

export function Notice({ notice, tongues }: { notice: Localised; tongues: WallWords[] }) {
  const texts = tongues.map((words) => ({ lang: words.language, text: words.name(notice) }));
  const pages = texts
    .filter((each, index) => texts.findIndex((other) => other.text === each.text) === index)
    .flatMap((each) => pagesOf(each.text).map((text) => ({ lang: each.lang, text })));

  const turn = useTurn(pages.length, PAGE_STANDS, texts.map((each) => each.text).join("\n"));
  const upright = matchMedia("(orientation: portrait)").matches;
  const page = pages[turn];
  if (!page) return null;
  return (
    <aside class="notice">
      <Fit key={`${page.lang} ${page.text}`} class="notice__page" lang={page.lang} lines={2} tall={upright ? 2 : 1}>
        {page.text}
      </Fit>
    </aside>
  );
}
