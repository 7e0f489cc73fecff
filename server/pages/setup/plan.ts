/** What the set-up page proposes for a new branch, and how its answers become the API's. */
import type { Localised } from "../shared/contract";

export interface ServicePlan {
  code: string;
  name: Localised;
  target: number;
}

export interface CounterPlan {
  number: number;
  /** Codes of the services it takes. */
  services: string[];
}

export interface BranchPlan {
  name: Localised;
  timezone: string;
  languages: string[];
  services: ServicePlan[];
  counters: CounterPlan[];
}

/** The languages that Giliran's own words are written in. */
export const LANGUAGES = ["id", "en"] as const;

const COUNTER_NAMES: Readonly<Record<string, string>> = { id: "Loket", en: "Counter" };

/** Three counters and two services: something that works at once, and shows how it is meant. */
export function firstPlan(): BranchPlan {
  return {
    name: {},
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone || "Asia/Jakarta",
    languages: [...LANGUAGES],
    services: [
      { code: "A", name: { id: "Layanan umum", en: "General service" }, target: 15 },
      { code: "B", name: { id: "Pembayaran", en: "Payments" }, target: 10 },
    ],
    counters: [1, 2, 3].map((number) => ({ number, services: ["A", "B"] })),
  };
}

/** The first letter that no service has yet. */
export function freeCode(services: readonly ServicePlan[]): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".split("");
  return letters.find((letter) => services.every((each) => each.code !== letter)) ?? "";
}

/** Adds or takes away counters at the end; new ones take every service. */
export function withCounters(plan: BranchPlan, count: number): BranchPlan {
  const every = plan.services.map((each) => each.code);
  const counters = Array.from(
    { length: count },
    (_, index) => plan.counters[index] ?? { number: index + 1, services: every },
  );
  return { ...plan, counters };
}

/** Changes one service; counters that took it under its old letter take it under the new one. */
export function withService(plan: BranchPlan, index: number, change: Partial<ServicePlan>): BranchPlan {
  const before = plan.services[index]!;
  const after = { ...before, ...change };
  const services = plan.services.map((each, at) => (at === index ? after : each));
  const counters = plan.counters.map((each) => ({
    ...each,
    services: each.services.map((code) => (code === before.code ? after.code : code)),
  }));
  return { ...plan, services, counters };
}

/** A new service, which every counter takes. */
export function withOneMore(plan: BranchPlan): BranchPlan {
  const code = freeCode(plan.services);
  const counters = plan.counters.map((each) => ({ ...each, services: [...each.services, code] }));
  return { ...plan, services: [...plan.services, { code, name: {}, target: 15 }], counters };
}

/** The plan without one of its services. */
export function withoutService(plan: BranchPlan, index: number): BranchPlan {
  const { code } = plan.services[index]!;
  const counters = plan.counters.map((each) => ({
    ...each,
    services: each.services.filter((other) => other !== code),
  }));
  return { ...plan, services: plan.services.filter((_, at) => at !== index), counters };
}

/** Does every counter take at least one service, and has every service a letter of its own? */
export function isComplete(plan: BranchPlan): boolean {
  const codes = plan.services.map((each) => each.code);
  return (
    codes.length > 0 && new Set(codes).size === codes.length && plan.counters.every((each) => each.services.length > 0)
  );
}

/** The services whose customers nobody would call, since no counter takes them. */
export function untaken(plan: BranchPlan): string[] {
  return plan.services
    .map((each) => each.code)
    .filter((code) => code && !plan.counters.some((counter) => counter.services.includes(code)));
}

/** The body of `POST /setup`, but for who sets it up. The branch speaks the languages of its name. */
export function asRequest(plan: BranchPlan) {
  return {
    branch: { slug: slugOf(plan), name: complete(plan.name, plan.languages), timezone: plan.timezone },
    services: plan.services.map((each) => ({
      code: each.code,
      name: complete(each.name, plan.languages),
      target_wait_minutes: each.target,
    })),
    counters: plan.counters.map((each) => ({
      number: each.number,
      name: Object.fromEntries(
        plan.languages.map((language) => [language, `${COUNTER_NAMES[language]} ${each.number}`]),
      ),
      services: each.services,
    })),
  };
}

/** A language left empty gets the words of the first that is not. */
function complete(name: Localised, languages: readonly string[]): Localised {
  const any = languages.map((each) => name[each]?.trim()).find(Boolean) ?? "";
  return Object.fromEntries(languages.map((each) => [each, name[each]?.trim() || any]));
}

/** The branch's part of addresses: its name in plain letters. */
function slugOf(plan: BranchPlan): string {
  const name = Object.values(complete(plan.name, plan.languages))[0] ?? "";
  const plain = name
    .normalize("NFD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return plain.slice(0, 64) || "branch";
}
