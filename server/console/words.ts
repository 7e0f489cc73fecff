/** The texts that all pages of the staff have. Each page bundles these and its own: see the `words.ts` beside its `main.tsx`. */
import type { common, console, errors } from "../texts/en.json";
import { useCommonWords } from "../browser/components/Speaking";
import type { Sections, Words } from "../browser/texts";

interface StaffSections extends Sections {
  common: typeof common;
  console: typeof console;
  errors: typeof errors;
}

export type StaffWords = Words<StaffSections>;

/** The words of the page, in the language spoken now. */
export function useWords(): StaffWords {
  return useCommonWords() as unknown as StaffWords;
}
