/** The language of a page: chosen once at its top, spoken by every component below. */
import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useMemo, useRef, useState } from "preact/hooks";

import type common from "../../../texts/en.json";
import { type Catalogue, type Sections, Words } from "../texts";

/** The sections that the shared components speak from. Every page bundles them. */
export interface CommonSections extends Sections {
  common: typeof common.common;
}

/** The language spoken now, those to choose from, and the choice. */
export interface LanguageChoice {
  language: string;
  languages: string[];
  choose: (language: string) => void;
}

const WordsContext = createContext<Words<CommonSections> | null>(null);
const ChoiceContext = createContext<LanguageChoice | null>(null);

interface SpeakingProps {
  /** Spoken first. A change of it (the kiosk going back to its start, say) is followed. */
  language: string;
  /** What the branch offers; what the catalogue lacks is left out. */
  languages: string[];
  timeZone?: string | undefined;
  children: ComponentChildren;
}

/**
 * Makes a page's `Speaking` provider and its `useWords`, typed with the sections the page bundles:
 *
 *     import { common, ticket } from "../../../texts/en.json";
 *     import { common as commonId, ticket as ticketId } from "../../../texts/id.json";
 *     export const { Speaking, useWords } = speaking({ en: { common, ticket }, id: { common: commonId, ticket:
 * ticketId } });
 */
export function speaking<S extends CommonSections>(catalogue: Catalogue<S>) {
  function Speaking({ language: first, languages, timeZone, children }: SpeakingProps) {
    const [language, choose] = useState(first);
    const followed = useRef(first);
    useEffect(() => {
      if (followed.current !== first) choose(first); // at the beginning a component below may have chosen already
      followed.current = first;
    }, [first]);
    useEffect(() => document.documentElement.setAttribute("lang", language), [language]);
    const words = useMemo(() => new Words(catalogue, language, timeZone), [language, timeZone]);
    const known = useMemo(() => languages.filter((each) => each in catalogue), [languages.join()]);
    const choice = useMemo(() => ({ language, languages: known, choose }), [language, known]);
    return (
      <ChoiceContext.Provider value={choice}>
        <WordsContext.Provider value={words as unknown as Words<CommonSections>}>{children}</WordsContext.Provider>
      </ChoiceContext.Provider>
    );
  }
  /** The words of the page, in the language spoken now. */
  const useWords = () => useCommonWords() as unknown as Words<S>;
  return { Speaking, useWords };
}

/** The words of the section `common`, for shared components. */
export function useCommonWords(): Words<CommonSections> {
  return found(useContext(WordsContext));
}

/** The language spoken now, with the means to change it. */
export function useLanguage(): LanguageChoice {
  return found(useContext(ChoiceContext));
}

function found<T>(value: T | null): T {
  if (value === null) throw new Error("this component stands outside of <Speaking>");
  return value;
}
