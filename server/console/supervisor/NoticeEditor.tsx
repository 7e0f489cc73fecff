/** The notice on the wall displays, in each of the branch's languages. */
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../../browser/api";
import { Banner } from "../../browser/components/Banner";
import { problemText } from "../../browser/components/problemText";
import type { Localised } from "../../browser/contract";
import { languageName } from "../../browser/texts";
import type { Staff } from "../StaffPage";
import { api } from "../useSession";
import { useWords } from "./words";

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
  const show = (event: SubmitEvent) => {
    event.preventDefault();
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
            <label key={language} class="field">
              <span class="field__label">{languageName(language)}</span>
              <textarea
                class="field__input"
                lang={language}
                rows={3}
                maxLength={500}
                value={draft[language] ?? ""}
                onInput={(event) => {
                  setDirty(true);
                  setDraft({ ...draft, [language]: event.currentTarget.value });
                }}
              />
            </label>
          ))}
        </div>
        <div class="cluster">
          <button type="submit" class="button button--primary">
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
