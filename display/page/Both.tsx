/** The same words in each language of the branch: the first large, the others below it. */
import type { WallWords } from "./translations";

interface BothProps {
  tongues: WallWords[];
  say: (words: WallWords) => string;
}

/** What reads the same in both languages (a name that was given once) is shown once. */
export function Both({ tongues, say }: BothProps) {
  const [first, ...others] = tongues.map((words) => ({ lang: words.language, text: say(words) }));
  return (
    <>
      <span class="both__first" lang={first!.lang}>
        {first!.text}
      </span>
      {others
        .filter((each) => each.text !== first!.text)
        .map((each) => (
          <span key={each.lang} class="both__other" lang={each.lang}>
            {each.text}
          </span>
        ))}
    </>
  );
}
