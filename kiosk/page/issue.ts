/** Gets one ticket for one touch, however often it must ask. */
import { type Api, Problem } from "../../server/pages/shared/api";
import type { IssuedTicket } from "../../server/pages/shared/contract";
import type { Order } from "./visit";

/** Pauses between attempts in milliseconds; the last one is repeated. */
const PAUSES = [400, 800, 1_500, 3_000];
/**
 * How long each attempt waits for its answer: a server that is always slow is given more time, else none would come.
 */
const PATIENCE = [6_000, 12_000, 24_000];

const nth = (list: readonly number[], attempt: number) => list[Math.min(attempt, list.length - 1)]!;

/**
 * Answers the ticket of an order. As long as it is uncertain whether a number was issued (no answer, or an answer
 * that is the server's own trouble), it asks again with the same key and calls `onUnanswered`. It throws a `Problem`
 * only when it is certain that no number was issued, and an `AbortError` when `signal` stops it.
 */
export async function issue(
  api: Api,
  branch: string,
  order: Order,
  signal: AbortSignal,
  onUnanswered: () => void,
): Promise<IssuedTicket> {
  const { service, priority, language, press } = order;
  const body = { service: service.code, language, ...(priority === null ? {} : { priority }) };
  for (let attempt = 0; ; attempt++) {
    try {
      return await api.post<IssuedTicket>(`/branches/${branch}/tickets`, body, {
        key: press,
        signal,
        timeout: nth(PATIENCE, attempt),
      });
    } catch (error) {
      if (!(error instanceof Problem) || isCertain(error)) throw error;
      onUnanswered();
    }
    await pause(nth(PAUSES, attempt), signal);
  }
}

/** A refusal of the request itself changes nothing on the server; 408 is a proxy's, who cannot know. */
function isCertain(problem: Problem): boolean {
  return problem.status >= 400 && problem.status < 500 && problem.status !== 408;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("The order was given up", "AbortError"));
    });
  });
}
