/** Whether a proxy in front of the server hides this page's address from it. */
import { type Boot, readBoot } from "./boot";

export type ProxyTrouble = "scheme" | "host";

/**
 * What the server has wrong of this page's address. Then it takes the page for another site's: with the scheme
 * (X-Forwarded-Proto) wrong it refuses the live connection, with the host (Host) wrong every change too.
 */
export function proxyTrouble(boot: Boot = readBoot()): ProxyTrouble | null {
  const own = boot.origins ?? [];
  if (own.length === 0 || own.includes(location.origin)) return null;
  return own.some((each) => each.split("://")[1] === location.host) ? "scheme" : "host";
}
