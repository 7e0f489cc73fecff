/** The map: what a customer meets, in order, and below it what staff look at. */
import { useState } from "preact/hooks";

import { ProxyBanner } from "../shared/components/Banner";
import { Icon } from "../shared/components/Icon";
import { LanguageSwitch } from "../shared/components/LanguageSwitch";
import { Accounts } from "./Accounts";
import { Mark } from "./Mark";
import { Picture } from "./Picture";
import { type DemoLink, type HomeBoot, type HomeBranch, linksTo, type PlaceKind } from "./places";
import { useWords } from "./translations";

/** A visit, screen by screen. */
const VISIT = ["kiosk", "printer", "console", "display"] as const;
/** What goes on beside it. */
const BESIDE = ["supervisor", "docs"] as const;

export function HomePage({ boot }: { boot: HomeBoot }) {
  const words = useWords();
  const [branch, setBranch] = useState(boot.branches[0] ?? null);
  return (
    <div class="page home">
      <header class="home__head">
        <p class="home__mark">
          <Mark />
          <span>Giliran</span>
        </p>
        <div class="home__head-end">
          {boot.user && (
            <p class="home__user">
              <Icon name="person" />
              {words.text("home.signed_in", { user: boot.user })}
            </p>
          )}
          <LanguageSwitch />
        </div>
      </header>
      <main>
        <ProxyBanner />
        {boot.missing && (
          <p class="banner banner--warning" role="alert">
            <Icon name="warning" />
            <span>{words.text(boot.closed_for_good ? "home.closed_for_good" : "home.missing")}</span>
          </p>
        )}
        <div class="home__title">
          <h1>{branch ? words.name(branch.name) : words.text("home.welcome")}</h1>
          <p class="large soft">{words.text(branch ? "home.lead" : "home.empty")}</p>
          {boot.branches.length > 1 && branch && (
            <BranchChoice branches={boot.branches} branch={branch} choose={setBranch} />
          )}
        </div>
        {branch ? (
          <Map boot={boot} branch={branch} />
        ) : (
          <a class="button button--primary button--large" href="/console">
            <span>{words.text("home.set_up")}</span>
            <Icon name="arrow" />
          </a>
        )}
        {boot.demo && <Accounts accounts={boot.demo.accounts} />}
      </main>
    </div>
  );
}

interface MapProps {
  boot: HomeBoot;
  branch: HomeBranch;
}

function Map({ boot, branch }: MapProps) {
  const words = useWords();
  return (
    <>
      <section aria-labelledby="visit">
        <h2 id="visit">{words.text("home.visit")}</h2>
        <ol class="visit">
          {VISIT.map((kind, index) => (
            <li key={kind} class="visit__step">
              <Place kind={kind} step={index + 1} links={linksTo(kind, branch, boot)} />
            </li>
          ))}
        </ol>
        <p class="home__phone">
          <Icon name="phone" />
          <span>
            {words.text(branch.codes !== false ? "home.phone" : boot.demo ? "home.phone_none_demo" : "home.phone_none")}
          </span>
        </p>
      </section>
      <section aria-labelledby="beside">
        <h2 id="beside">{words.text("home.beside")}</h2>
        <ul class="beside">
          {BESIDE.map((kind) => (
            <li key={kind}>
              <Place kind={kind} links={linksTo(kind, branch, boot)} />
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

interface PlaceProps {
  kind: PlaceKind;
  step?: number;
  /** Where it is; the first one is the whole tile. None: there is nothing to open, it is only explained. */
  links: DemoLink[];
}

function Place({ kind, step, links: [first, ...others] }: PlaceProps) {
  const words = useWords();
  const inside = (
    <>
      <Picture name={kind} />
      <span class="place__words">
        <span class="tile__title">
          {step !== undefined && <span class="place__step">{step}</span>}
          {words.text(`home.${kind}`)}
        </span>
        <span class="place__text">{words.text(`home.${kind}_text`)}</span>
        {first && (
          <span class="place__open">
            {words.text(`home.${kind}_open`)}
            <Icon name="arrow" />
          </span>
        )}
      </span>
    </>
  );
  if (!first) return <div class="tile place place--still">{inside}</div>;
  return (
    <>
      <a class="tile place" href={first.href} target="_blank" rel="noopener">
        {inside}
      </a>
      {others.map((each) => (
        <a key={each.href} class="button place__other" href={each.href} target="_blank" rel="noopener">
          {each.label}
        </a>
      ))}
    </>
  );
}

interface BranchChoiceProps {
  branches: HomeBranch[];
  branch: HomeBranch;
  choose: (branch: HomeBranch) => void;
}

function BranchChoice({ branches, branch, choose }: BranchChoiceProps) {
  const words = useWords();
  const onChange = (event: Event) => {
    const { value } = event.currentTarget as HTMLSelectElement;
    const chosen = branches.find((each) => each.slug === value);
    if (chosen) choose(chosen);
  };
  return (
    <label class="field home__branches">
      <span class="field__label">{words.text("home.branch")}</span>
      <select class="field__input" value={branch.slug} onChange={onChange}>
        {branches.map((each) => (
          <option key={each.slug} value={each.slug}>
            {words.name(each.name)}
          </option>
        ))}
      </select>
    </label>
  );
}
