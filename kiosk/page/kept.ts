/**
 * The order under way, kept where a reload or a crash finds it: the same touch with the same key is one number.
 *
 * It is kept twice. `localStorage` holds it at once, but a browser writes that to the disk seconds later: what is not
 * written yet is lost when the browser's process dies. IndexedDB reports when it is written: the order is sent then.
 */
import { forget, keep, keptValue } from "../../server/pages/shared/storage";
import type { Order } from "./visit";

/** Milliseconds after which nobody stands there any more who waits for it. */
const LASTS = 120_000;
/** Milliseconds that a customer waits at most for a disk that is slow or broken. */
const PATIENCE = 1_000;

const DATABASE = "giliran.kiosk";
const ORDERS = "orders";

/** `at`: when it was kept, in milliseconds of this machine's clock. */
interface Kept {
  order: Order;
  at: number;
}

const name = (branch: string) => `giliran.order.${branch}`;

/** Keeps the order of the customer who stands here, until `forgetOrder`. Done when it is on the disk, or cannot be. */
export async function keepOrder(branch: string, order: Order): Promise<void> {
  const kept: Kept = { order, at: Date.now() };
  keep("local", name(branch), JSON.stringify(kept));
  await inDatabase("readwrite", (orders) => orders.put(kept, branch));
}

/** The order that was under way when the page ended; null where there was none, or it is too long ago. */
export async function keptOrder(branch: string): Promise<Order | null> {
  const found = [
    keptValue<Kept>("local", name(branch)),
    await inDatabase<Kept | undefined>("readonly", (orders) => orders.get(branch)),
  ].flatMap((each) => each ?? []);
  // Either place may have missed the last moments before a crash.
  const newest = found.sort((one, other) => other.at - one.at)[0];
  return newest && Math.abs(Date.now() - newest.at) < LASTS ? newest.order : null;
}

/** The visit is over, or it is certain that the order came to nothing. */
export function forgetOrder(branch: string): void {
  forget("local", name(branch));
  void inDatabase("readwrite", (orders) => orders.delete(branch));
}

let connection: Promise<IDBDatabase> | null = null;

/** The answer of a request to the database, once it is on the disk; null if the browser refuses or takes too long. */
function inDatabase<R>(mode: IDBTransactionMode, ask: (orders: IDBObjectStore) => IDBRequest<R>): Promise<R | null> {
  const answer = (connection ??= connect())
    .then((database) => done(database.transaction(ORDERS, mode, { durability: "strict" }), ask))
    .catch(() => {
      // Blocked, full or broken: the order is in localStorage, and the next one tries anew.
      connection = null;
      return null;
    });
  return Promise.race([answer, new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE))]);
}

function connect(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(ORDERS);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

function done<R>(transaction: IDBTransaction, ask: (orders: IDBObjectStore) => IDBRequest<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    const asked = ask(transaction.objectStore(ORDERS));
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onabort = () => reject(transaction.error);
  });
}
