/**
 * One customer's way through the kiosk, as a pure state machine.
 *
 * An action that does not belong to the step it arrives in changes nothing. That is what makes a double tap harmless:
 * the first tap leaves the step, so the second finds nothing to do, and only one order with one key exists.
 */
import type { Problem } from "../../server/pages/shared/api";
import type { IssuedTicket, ServiceInfo } from "../../server/pages/shared/contract";
import type { Press } from "../../server/pages/shared/idempotencyKey";

/** What one touch asked for. `press` goes with every attempt to get it, so that it is given once. */
export interface Order {
  service: ServiceInfo;
  priority: string | null;
  language: string;
  press: Press;
}

export type Visit =
  | { step: "services" }
  | { step: "classes"; service: ServiceInfo }
  | { step: "issuing"; order: Order }
  | { step: "refused"; order: Order; problem: Problem }
  | { step: "issued"; order: Order; ticket: IssuedTicket };

export type Action =
  | { type: "service"; service: ServiceInfo }
  | { type: "order"; order: Order }
  | { type: "issued"; order: Order; ticket: IssuedTicket }
  | { type: "refused"; order: Order; problem: Problem }
  | { type: "restart" };

export const START: Visit = { step: "services" };

/** The visit after an action. Answers to an order that has been given up are ignored. */
export function next(visit: Visit, action: Action): Visit {
  switch (action.type) {
    case "service":
      return visit.step === "services" ? { step: "classes", service: action.service } : visit;
    case "order":
      return visit.step === "services" || visit.step === "classes" || visit.step === "refused"
        ? { step: "issuing", order: action.order }
        : visit;
    case "issued":
      return awaits(visit, action.order) ? { step: "issued", order: action.order, ticket: action.ticket } : visit;
    case "refused":
      return awaits(visit, action.order) ? { step: "refused", order: action.order, problem: action.problem } : visit;
    case "restart":
      return START;
  }
}

function awaits(visit: Visit, order: Order): boolean {
  return visit.step === "issuing" && visit.order.press === order.press;
}
