/** The server does not take this browser for a kiosk: a word for customers, and for IT exactly what to do. */
import { useState } from "preact/hooks";
import { Icon } from "../../server/browser/components/Icon";
import { KeepsNothing } from "../../server/browser/components/KeepsNothing";
import { LanguageSwitch } from "../../server/browser/components/LanguageSwitch";
import { Title } from "./Title";
import { useWords } from "./words";

interface NotAdmittedProps {
  branch: string;
  /** Null: this browser has not been given a token. */
  problem: { code: string; detail: string | null } | null;
}

export function NotAdmitted({ branch, problem }: NotAdmittedProps) {
  const words = useWords();
  return (
    <main class="admission">
      <div class="message">
        <span class="message__sign message__sign--sorry">
          <Icon name="lock" />
        </span>
        <Title>{title()}</Title>
        <p class="message__text">{words.text("kiosk.token_for_customers")}</p>
      </div>
      <section class="card stack">
        <h2>{words.text("kiosk.token_for_it")}</h2>
        <KeepsNothing />
        {problem?.detail && <p>{words.text("kiosk.server_said", { detail: problem.detail })}</p>}
        {problem?.code === "not-found" ? <BranchSteps /> : <TokenSteps branch={branch} kept={problem !== null} />}
      </section>
      <LanguageSwitch />
    </main>
  );

  function title(): string {
    if (!problem) return words.text("kiosk.token_missing");
    if (problem.code === "not-found") return words.text("kiosk.branch_unknown", { branch });
    return words.text("kiosk.token_refused");
  }
}

function BranchSteps() {
  const words = useWords();
  return (
    <>
      <p>{words.text("kiosk.branch_check")}</p>
      <Command>{`curl ${location.origin}/api/v1/branches`}</Command>
    </>
  );
}

/** `kept`: the browser has a token, which may count again once the server was put right. */
function TokenSteps({ branch, kept }: { branch: string; kept: boolean }) {
  const words = useWords();
  const [token, setToken] = useState("");
  // The page reloads itself for a new token after the #, and keeps it.
  const use = (event: Event) => {
    event.preventDefault();
    location.hash = encodeURIComponent(token.trim());
  };
  return (
    <>
      <p>{words.text("kiosk.token_make")}</p>
      <Command>{`giliran token create --role kiosk --branch ${branch}`}</Command>
      <p>{words.text("kiosk.token_open")}</p>
      <Command>{`${location.origin}${location.pathname}#TOKEN`}</Command>
      <form class="stack" onSubmit={use}>
        <label class="field">
          <span class="field__label">{words.text("kiosk.token_field")}</span>
          <input class="field__input" type="password" autocomplete="off" required value={token} onInput={(event) => setToken(event.currentTarget.value)} />
        </label>
        <div class="cluster">
          <button type="submit" class="button button--primary">
            {words.text("kiosk.token_use")}
          </button>
          {kept && (
            <button type="button" class="button" onClick={() => location.reload()}>
              {words.text("kiosk.token_retry")}
            </button>
          )}
        </div>
      </form>
    </>
  );
}

function Command({ children }: { children: string }) {
  return <code class="command">{children}</code>;
}
