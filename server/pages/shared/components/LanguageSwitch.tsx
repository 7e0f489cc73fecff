/** One button a language, each in its own words. Nothing where there is no choice. */
import { languageName } from "../texts";
import { useCommonWords, useLanguage } from "./Speaking";

export function LanguageSwitch() {
  const words = useCommonWords();
  const { language, languages, choose } = useLanguage();
  if (languages.length < 2) return null;
  return (
    <div class="languages" role="group" aria-label={words.text("common.language")}>
      {languages.map((each) => (
        <button
          key={each}
          type="button"
          class="button"
          lang={each}
          aria-pressed={each === language}
          onClick={() => choose(each)}
        >
          {languageName(each)}
        </button>
      ))}
    </div>
  );
}
