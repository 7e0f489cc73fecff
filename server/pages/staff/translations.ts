/**
 * What all staff pages speak from. Each page bundles these sections and its own: see the words.ts beside its main.tsx.
 */
import type texts from "../../texts/en.json";
import { useCommonWords } from "../shared/components/Speaking";
import type { Sections, Words } from "../shared/texts";

export interface StaffSections extends Sections {
  common: typeof texts.common;
  console: typeof texts.console;
  errors: typeof texts.errors;
}

export type StaffWords = Words<StaffSections>;

/** The words of the shared components, in the language spoken now. */
export const useWords = () => useCommonWords() as unknown as StaffWords;
