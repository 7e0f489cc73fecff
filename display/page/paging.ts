/** Cuts a notice into pages that stand still: text that moves cannot be read by everybody. */

/** Characters of a page, so that it fits its line, or two where the screen stands upright. */
export const PAGE = 76;

/** Pages of whole sentences where they fit, else of whole words; a word longer than a page has one of its own. */
export function pagesOf(text: string, size: number = PAGE): string[] {
  const sentences = text.split(/(?<=[.!?…])\s+/).map((each) => each.trim().replace(/\s+/g, " "));
  return packed(
    sentences.filter(Boolean).flatMap((sentence) => cut(sentence, size)),
    size,
  );
}

/** The parts of a sentence, about equally long: its last part should not be one lonely word. */
function cut(sentence: string, size: number): string[] {
  if (sentence.length <= size) return [sentence];
  return packed(
    sentence.split(" "),
    Math.min(size, Math.ceil(sentence.length / Math.ceil(sentence.length / size)) + 6),
  );
}

/** As many of the parts as fit on each page. */
function packed(parts: string[], size: number): string[] {
  const pages: string[] = [];
  for (const part of parts) {
    const last = pages[pages.length - 1];
    if (last !== undefined && last.length + 1 + part.length <= size) pages[pages.length - 1] = `${last} ${part}`;
    else pages.push(part);
  }
  return pages;
}
