/**
 * What a page keeps in its browser. A browser may refuse that (blocked site data, a private window, a WebView without
 * storage, a full disk), by an error at any of these calls; then it is kept until the page is loaded again, no longer.
 */

type Kind = "local" | "session";

const here: Record<Kind, Map<string, string>> = { local: new Map(), session: new Map() };

/** What `work` answers on the browser's own storage; null where the browser refuses. */
function attempt<R>(kind: Kind, work: (storage: Storage) => R): R | null {
  try {
    // The property itself throws where storage is blocked, and is null in some WebViews.
    return work(kind === "local" ? localStorage : sessionStorage);
  } catch {
    // Which error it is differs between browsers; to the page they all mean that nothing is kept.
    return null;
  }
}

/** Keeps a text: `local` for good, `session` as long as the tab. False: only until the page is loaded again. */
export function keep(kind: Kind, key: string, value: string): boolean {
  const stored = attempt(kind, (storage) => (storage.setItem(key, value), true)) ?? false;
  if (stored) here[kind].delete(key);
  else here[kind].set(key, value);
  return stored;
}

/** The text kept under a key, or null. */
export function kept(kind: Kind, key: string): string | null {
  return here[kind].get(key) ?? attempt(kind, (storage) => storage.getItem(key));
}

/** The value kept under a key as JSON; null where there is none, or what is there is no JSON. */
export function keptValue<V>(kind: Kind, key: string): V | null {
  try {
    return JSON.parse(kept(kind, key) ?? "null") as V | null;
  } catch {
    // Half-written, or an older release's: as good as none.
    return null;
  }
}

export function forget(kind: Kind, key: string): void {
  here[kind].delete(key);
  attempt(kind, (storage) => storage.removeItem(key));
}

/** Whether this browser keeps nothing for the page. */
export function keepsNothing(): boolean {
  const key = "giliran.probe";
  return attempt("local", (storage) => (storage.setItem(key, "1"), storage.removeItem(key), true)) === null;
}
