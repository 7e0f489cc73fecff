/** The first page of a new server: its first admin and its first branch, in one go. */
import { useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { Banner } from "../shared/components/Banner";
import { LanguageSwitch } from "../shared/components/LanguageSwitch";
import { problemText } from "../shared/components/problemText";
import type { Localised } from "../shared/contract";
import { languageName } from "../shared/texts";
import { api } from "../staff/useSession";
import {
  asRequest,
  type BranchPlan,
  firstPlan,
  isComplete,
  LANGUAGES,
  untaken,
  withCounters,
  withOneMore,
  withoutService,
  withService,
} from "./plan";
import { useWords } from "./translations";

const ZONES = [
  "Asia/Jakarta",
  "Asia/Makassar",
  "Asia/Jayapura",
  "Asia/Singapore",
  "Asia/Kuala_Lumpur",
  "Asia/Manila",
  "Asia/Bangkok",
  "Europe/Amsterdam",
  "Europe/Berlin",
  "Europe/London",
  "Australia/Sydney",
  "America/New_York",
  "UTC",
];

export function SetupPage() {
  const words = useWords();
  const [plan, setPlan] = useState(firstPlan);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy || !isComplete(plan)) return;
    const fields = event.currentTarget as HTMLFormElement;
    const form = new FormData(fields);
    setBusy(true);
    setProblem(null);
    try {
      const admin = {
        code: String(form.get("code")).trim(),
        name: String(form.get("username")).trim(),
        password: String(form.get("password")),
      };
      await api.post("/setup", { ...admin, ...asRequest(plan) });
      location.assign("/");
    } catch (error) {
      setBusy(false);
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      const wrong = isWrongCode(error) ? "code" : nearestZones(error) ? "timezone" : null;
      if (!wrong) return;
      const field = fields.elements.namedItem(wrong) as HTMLInputElement;
      field.focus();
      field.select();
    }
  };
  const alone = untaken(plan);
  const wrongCode = problem !== null && isWrongCode(problem);
  const zones = problem && nearestZones(problem);
  return (
    <div class="setup">
      <header class="alone__head">
        <p class="brand">Giliran</p>
        <LanguageSwitch />
      </header>
      <main class="stack">
        <h1>{words.text("setup.title")}</h1>
        <p class="large">{words.text("setup.welcome")}</p>
        <form class="stack" onSubmit={submit}>
          <AdminPart wrongCode={wrongCode} />
          <BranchPart plan={plan} setPlan={setPlan} wrongZone={zones !== null} />
          <ServicesPart plan={plan} setPlan={setPlan} />
          <CountersPart plan={plan} setPlan={setPlan} />
          {problem && (
            <Banner tone="danger">
              {wrongCode
                ? words.text("setup.code_wrong")
                : zones
                  ? words.text(zones.length ? "setup.zone_meant" : "setup.zone_wrong", { zones: zones.join(", ") })
                  : words.text("setup.failed", { problem: problemText(words, problem), detail: problem.detail ?? "" })}
            </Banner>
          )}
          {!isComplete(plan) && <Banner tone="warning">{words.text("setup.incomplete")}</Banner>}
          {alone.length > 0 && (
            <Banner tone="warning">{words.text("setup.untaken", { services: alone.join(", ") })}</Banner>
          )}
          <button type="submit" class="button button--primary button--large" aria-disabled={busy || !isComplete(plan)}>
            {words.text(busy ? "setup.working" : "setup.finish")}
          </button>
          <Later />
        </form>
      </main>
    </div>
  );
}

/** What can be changed later, where, and what cannot. */
function Later() {
  const words = useWords();
  return (
    <section class="stack" aria-labelledby="later">
      <h2 id="later">{words.text("setup.later")}</h2>
      <ul class="later soft">
        {(["page", "file", "slug", "never"] as const).map((each) => (
          <li key={each}>{words.text(`setup.later_${each}`)}</li>
        ))}
      </ul>
    </section>
  );
}

function isWrongCode(problem: Problem): boolean {
  return problem.status === 403;
}

/** The names of time zones that are near one that is none; null where something else is wrong. */
function nearestZones(problem: Problem): string[] | null {
  const fault = problem.errors.find((each) => each.where === "branch.timezone");
  return fault ? (Array.isArray(fault.nearest) ? fault.nearest.map(String) : []) : null;
}

interface PartProps {
  plan: BranchPlan;
  setPlan: (plan: BranchPlan) => void;
}

function AdminPart({ wrongCode }: { wrongCode: boolean }) {
  const words = useWords();
  return (
    <fieldset class="card stack part">
      <legend>{words.text("setup.you")}</legend>
      <label class="field">
        <span class="field__label">{words.text("setup.code")}</span>
        <input
          class="field__input"
          name="code"
          required
          autocomplete="one-time-code"
          spellcheck={false}
          autocapitalize="none"
          autofocus
          aria-invalid={wrongCode}
        />
        <span class="soft small">{words.text("setup.code_hint")}</span>
      </label>
      <div class="columns">
        <label class="field">
          <span class="field__label">{words.text("console.name")}</span>
          <input
            class="field__input"
            name="username"
            required
            maxLength={64}
            pattern="[^\s\/]+"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
          />
          <span class="soft small">{words.text("setup.name_hint")}</span>
        </label>
        <label class="field">
          <span class="field__label">{words.text("console.password")}</span>
          <input
            class="field__input"
            name="password"
            type="password"
            required
            minLength={8}
            maxLength={1024}
            autocomplete="new-password"
          />
          <span class="soft small">{words.text("setup.password_hint")}</span>
        </label>
      </div>
    </fieldset>
  );
}

function BranchPart({ plan, setPlan, wrongZone }: PartProps & { wrongZone: boolean }) {
  const words = useWords();
  const toggle = (language: string) => {
    const languages = LANGUAGES.filter((each) =>
      each === language ? !plan.languages.includes(each) : plan.languages.includes(each),
    );
    if (languages.length > 0) setPlan({ ...plan, languages });
  };
  return (
    <fieldset class="card stack part">
      <legend>{words.text("setup.branch")}</legend>
      <div class="cluster" role="group" aria-label={words.text("setup.languages")}>
        <span class="field__label">{words.text("setup.languages")}</span>
        {LANGUAGES.map((each) => (
          <label key={each} class="tick">
            <input type="checkbox" checked={plan.languages.includes(each)} onChange={() => toggle(each)} />
            <span lang={each}>{languageName(each)}</span>
          </label>
        ))}
      </div>
      <Names
        label={words.text("setup.branch_name")}
        languages={plan.languages}
        name={plan.name}
        change={(name) => setPlan({ ...plan, name })}
      />
      <label class="field">
        <span class="field__label">{words.text("setup.zone")}</span>
        <input
          class="field__input"
          name="timezone"
          list="zones"
          aria-invalid={wrongZone}
          value={plan.timezone}
          onInput={(event) => setPlan({ ...plan, timezone: event.currentTarget.value })}
          required
          autocomplete="off"
          spellcheck={false}
        />
        <span class="soft small">{words.text("setup.zone_hint")}</span>
      </label>
      <datalist id="zones">
        {ZONES.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </fieldset>
  );
}

function ServicesPart({ plan, setPlan }: PartProps) {
  const words = useWords();
  return (
    <fieldset class="card stack part">
      <legend>{words.text("setup.services")}</legend>
      <p class="soft">{words.text("setup.services_hint")}</p>
      {plan.services.map((service, index) => (
        <div key={index} class="service-plan" role="group" aria-label={words.text("setup.service_n", { n: index + 1 })}>
          <label class="field service-plan__code">
            <span class="field__label">{words.text("setup.letter")}</span>
            <input
              class="field__input"
              value={service.code}
              maxLength={2}
              pattern="[A-Z]{1,2}"
              required
              autocomplete="off"
              onInput={(event) => setPlan(withService(plan, index, { code: event.currentTarget.value.toUpperCase() }))}
            />
          </label>
          <Names
            label={words.text("setup.service_name")}
            languages={plan.languages}
            name={service.name}
            change={(name) => setPlan(withService(plan, index, { name }))}
          />
          <label class="field service-plan__target">
            <span class="field__label">{words.text("setup.target")}</span>
            <input
              class="field__input"
              type="number"
              min={1}
              max={480}
              value={service.target}
              required
              onInput={(event) => setPlan(withService(plan, index, { target: event.currentTarget.valueAsNumber }))}
            />
          </label>
          <button
            type="button"
            class="button service-plan__remove"
            aria-disabled={plan.services.length === 1}
            onClick={() => plan.services.length > 1 && setPlan(withoutService(plan, index))}
          >
            {words.text("setup.remove")}
            <span class="unseen"> {service.code}</span>
          </button>
        </div>
      ))}
      <div>
        <button type="button" class="button" onClick={() => setPlan(withOneMore(plan))}>
          {words.text("setup.service_add")}
        </button>
      </div>
    </fieldset>
  );
}

function CountersPart({ plan, setPlan }: PartProps) {
  const words = useWords();
  const toggle = (number: number, code: string) => {
    const counters = plan.counters.map((each) => {
      if (each.number !== number) return each;
      const has = each.services.includes(code);
      return {
        ...each,
        services: plan.services
          .map((service) => service.code)
          .filter((other) => (other === code ? !has : each.services.includes(other))),
      };
    });
    setPlan({ ...plan, counters });
  };
  return (
    <fieldset class="card stack part">
      <legend>{words.text("setup.counters")}</legend>
      <label class="field setup__count">
        <span class="field__label">{words.text("setup.counter_count")}</span>
        <input
          class="field__input"
          type="number"
          min={1}
          max={99}
          value={plan.counters.length}
          required
          onInput={(event) => {
            const count = event.currentTarget.valueAsNumber;
            if (count >= 1 && count <= 99) setPlan(withCounters(plan, count));
          }}
        />
      </label>
      <div class="counter-plans">
        {plan.counters.map((counter) => (
          <div
            key={counter.number}
            role="group"
            aria-label={words.text("setup.counter_takes", { number: counter.number })}
            class="counter-plan"
          >
            <strong>{words.text("setup.counter_n", { number: counter.number })}</strong>
            {plan.services.map((service) => (
              <label key={service.code} class="tick">
                <input
                  type="checkbox"
                  checked={counter.services.includes(service.code)}
                  onChange={() => toggle(counter.number, service.code)}
                />
                <span>{service.code}</span>
              </label>
            ))}
          </div>
        ))}
      </div>
    </fieldset>
  );
}

/** One field a language. */
function Names({
  label,
  languages,
  name,
  change,
}: {
  label: string;
  languages: string[];
  name: Localised;
  change: (name: Localised) => void;
}) {
  return (
    <div class="columns">
      {languages.map((language, index) => (
        <label key={language} class="field">
          <span class="field__label">
            {label}
            {languages.length > 1 && <span class="soft"> ({languageName(language)})</span>}
          </span>
          <input
            class="field__input"
            lang={language}
            value={name[language] ?? ""}
            required={index === 0}
            maxLength={64}
            autocomplete="off"
            onInput={(event) => change({ ...name, [language]: event.currentTarget.value })}
          />
        </label>
      ))}
    </div>
  );
}
