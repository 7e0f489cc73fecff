/**
 * Ticket numbers as people type them: `A012`, `a 12`, `A-012`, or `12`. The server decides; this finds what is known
 * here.
 */

/** Letter and number of a typed ticket number; null for what is none. `code` is empty where no letter was typed. */
function parse(typed: string): { code: string; ordinal: number } | null {
  const plain = typed
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s._/\p{Pd}\p{Cf}]/gu, "");
  const match = /^([A-Z]{0,2})([0-9]{1,9})$/.exec(plain);
  return match && { code: match[1]!, ordinal: Number(match[2]) };
}

/**
 * The tickets whose number somebody may mean by what is typed: the very one, else those that differ in spelling alone.
 */
export function ticketsMatching<T extends { number: string }>(typed: string, tickets: readonly T[]): T[] {
  const exact = tickets.filter((each) => each.number === typed.trim().toUpperCase());
  if (exact.length > 0) return exact;
  const wanted = parse(typed);
  if (!wanted) return [];
  return tickets.filter((each) => {
    const its = parse(each.number);
    return its !== null && its.ordinal === wanted.ordinal && (wanted.code === "" || its.code === wanted.code);
  });
}
