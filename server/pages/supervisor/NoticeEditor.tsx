/** The notice on the wall displays, in each of the branch's languages. */
import { useEffect, useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { Banner } from "../shared/components/Banner";
import { problemText } from "../shared/components/problemText";
import type { Localised } from "../shared/contract";
import { languageName } from "../shared/texts";
import type { Staff } from "../staff/StaffPage";
import { api } from "../staff/useSession";
import { useWords } from "./translations";

/** So many characters a notice has at most in a language: as the branch's file and the API count them. */
const LONGEST = 500;

/** Characters as people count them; `length` counts some of them twice. */
const lengthOf = (text: string | undefined): number => Array.from((text ?? "").trim()).length;

export function NoticeEditor({ staff, notice }: { staff: Staff; notice: Localised | null }) {
  const words = useWords();
  const [draft, setDraft] = useState<Localised>(notice ?? {});
  const [dirty, setDirty] = useState(false);
  const [result, setResult] = useState<Problem | "shown" | "removed" | null>(null);
  const known = JSON.stringify(notice);
  useEffect(() => {
    if (!dirty) setDraft(notice ?? {});
  }, [known]);

  const put = async (wanted: Localised | null) => {
    setResult(null);
    try {
      await api.put(`/branches/${staff.branch.slug}/notice`, { notice: wanted });
      setDirty(false);
      setDraft(wanted ?? {});
      setResult(wanted ? "shown" : "removed");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) staff.expire();
      setResult(error);
    }
  };
  const tooLong = staff.branch.languages.filter((language) => lengthOf(draft[language]) > LONGEST);
  const show = (event: SubmitEvent) => {
    event.preventDefault();
    if (tooLong.length > 0) return;
    const texts = Object.entries(draft).map(([language, text]) => [language, text.trim()] as const);
    const given = texts.filter(([, text]) => text !== "");
    void put(given.length ? Object.fromEntries(given) : null);
  };

  return (
    <section class="card stack">
      <h2>{words.text("supervisor.notice")}</h2>
      <form class="stack" onSubmit={show}>
        <div class="columns">
          {staff.branch.languages.map((language) => (
            <div key={language} class="field">
              <label class="field__label" for={`notice-text-${language}`}>
                {languageName(language)}
              </label>
              <textarea
                class="field__input"
                id={`notice-text-${language}`}
                lang={language}
                rows={3}
                value={draft[language] ?? ""}
                aria-invalid={tooLong.includes(language)}
                aria-describedby={`notice-${language}`}
                onInput={(event) => {
                  setDirty(true);
                  setDraft({ ...draft, [language]: event.currentTarget.value });
                }}
              />
              <span id={`notice-${language}`} class={tooLong.includes(language) ? "field__error" : "soft small"}>
                {words.text(tooLong.includes(language) ? "supervisor.notice_too_long" : "supervisor.notice_length", {
                  length: lengthOf(draft[language]),
                  most: LONGEST,
                })}
              </span>
            </div>
          ))}
        </div>
        <div class="cluster">
          <button type="submit" class="button button--primary" aria-disabled={tooLong.length > 0}>
            {words.text("supervisor.notice_show")}
          </button>
          <button type="button" class="button" aria-disabled={!notice} onClick={() => notice && void put(null)}>
            {words.text("supervisor.notice_remove")}
          </button>
        </div>
      </form>
      {result instanceof Problem && <Banner tone="danger">{problemText(words, result)}</Banner>}
      {typeof result === "string" && <Banner>{words.text(`supervisor.notice_${result}`)}</Banner>}
    </section>
  );
}
