/** The order under way, kept where a reload or a crash finds it: the same touch with the same key is one number. */
import { forget, keep, keptValue } from "../../server/pages/shared/storage";
import type { Order } from "./visit";

/** Milliseconds after which nobody stands there any more who waits for it. */
const LASTS = 120_000;

const name = (branch: string) => `giliran.order.${branch}`;

/** Keeps the order of the customer who stands here, until `forgetOrder`. */
export function keepOrder(branch: string, order: Order): void {
  keep("local", name(branch), JSON.stringify({ order, at: Date.now() }));
}

/** The order that was under way when the page ended; null where there was none, or it is too long ago. */
export function keptOrder(branch: string): Order | null {
  const found = keptValue<{ order: Order; at: number }>("local", name(branch));
  return found && Math.abs(Date.now() - found.at) < LASTS ? found.order : null;
}

/** The visit is over, or it is certain that the order came to nothing. */
export function forgetOrder(branch: string): void {
  forget("local", name(branch));
}
