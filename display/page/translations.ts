/** The texts of the wall. A wall speaks all languages of its branch at once: one large, the others below it. */
import { useMemo } from "preact/hooks";

import { speaking } from "../../server/pages/shared/components/Speaking";
import { Words } from "../../server/pages/shared/texts";
import { common, device, display } from "../../server/texts/en.json";
import { common as commonId, device as deviceId, display as displayId } from "../../server/texts/id.json";

const CATALOGUE = {
  en: { common, device, display },
  id: { common: commonId, device: deviceId, display: displayId },
};

export type WallWords = Words<(typeof CATALOGUE)["en"]>;

export const { Speaking, useWords } = speaking(CATALOGUE);

/** One `Words` for each of the branch's languages that the catalogue has, in the branch's order; never none. */
export function useTongues(languages: readonly string[], timeZone: string | undefined): WallWords[] {
  return useMemo(() => {
    const known = languages.filter((language) => language in CATALOGUE);
    return (known.length ? known : ["en"]).map((language) => new Words(CATALOGUE, language, timeZone));
  }, [languages.join(), timeZone]);
}
