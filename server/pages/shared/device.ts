/** The token of a kiosk or display: given once after the `#`, then kept by the browser. */
import { forget, keep, kept } from "./storage";

/**
 * Answers this device's token and keeps it for the next start.
 * A token after the `#` wins over the kept one and is stripped from the address bar, so that it is neither
 * seen on a public screen nor copied with the link. In a browser that keeps nothing it stays there, for the next load
 * of the page. Null: this browser has not been given one.
 * `name` sets devices of one browser apart, for example `kiosk/central`.
 */
export function deviceToken(name: string): string | null {
  const key = `giliran.token.${name}`;
  const given = decodeURIComponent(location.hash.slice(1));
  if (given) {
    if (keep("local", key, given)) history.replaceState(null, "", location.pathname + location.search);
    return given;
  }
  return kept("local", key);
}

/** Forgets the kept token, once the server has said that it no longer counts. */
export function forgetDeviceToken(name: string): void {
  forget("local", `giliran.token.${name}`);
}
