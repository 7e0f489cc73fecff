/** The sign-in form. Plain names and `autocomplete`, so that password managers know it. */
import { useRef, useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { Banner } from "../shared/components/Banner";
import { LanguageSwitch } from "../shared/components/LanguageSwitch";
import { problemText } from "../shared/components/problemText";
import { PasswordInput, ShowPassword } from "./PasswordInput";
import { useWords } from "./translations";
import { CookiesRefused } from "./useSession";

interface SignInProps {
  /** The session ended while the page was open. */
  ended: boolean;
  signIn: (name: string, password: string) => Promise<void>;
}

export function SignIn({ ended, signIn }: SignInProps) {
  const words = useWords();
  const [problem, setProblem] = useState<Problem | CookiesRefused | null>(null);
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);
  const password = useRef<HTMLInputElement>(null);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setProblem(null);
    try {
      await signIn(String(form.get("username")), String(form.get("password")));
    } catch (error) {
      setBusy(false);
      if (!(error instanceof Problem || error instanceof CookiesRefused)) throw error;
      setProblem(error);
      password.current?.focus();
      password.current?.select();
    }
  };

  const wrong = problem instanceof Problem && problem.status === 401;
  const text = wrong
    ? words.text("console.sign_in_wrong")
    : problem instanceof Problem
      ? problemText(words, problem)
      : problem && words.text("console.cookies_refused");
  return (
    <div class="alone">
      <header class="alone__head">
        <p class="brand">Giliran</p>
        <LanguageSwitch />
      </header>
      <main class="card stack alone__card">
        <h1>{words.text("console.sign_in_title")}</h1>
        {ended && !problem && <Banner tone="warning">{words.text("console.session_ended")}</Banner>}
        {text && <Banner tone="danger">{text}</Banner>}
        <form class="stack" onSubmit={submit}>
          <label class="field">
            <span class="field__label">{words.text("console.name")}</span>
            <input
              class="field__input"
              name="username"
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              required
              autofocus
            />
          </label>
          <label class="field">
            <span class="field__label">{words.text("console.password")}</span>
            <PasswordInput
              name="password"
              autocomplete="current-password"
              shown={shown}
              field={password}
              invalid={wrong}
            />
          </label>
          <ShowPassword shown={shown} show={setShown} />
          <button type="submit" class="button button--primary button--large button--wide" aria-disabled={busy}>
            {words.text(busy ? "console.signing_in" : "console.sign_in")}
          </button>
        </form>
      </main>
    </div>
  );
}
