/** The texts of the set-up. */
import { common, console, setup, errors } from "../../texts/en.json";
import { common as commonId, console as consoleId, setup as setupId, errors as errorsId } from "../../texts/id.json";
import { speaking } from "../../browser/components/Speaking";

export const { Speaking, useWords } = speaking({
  en: { common, console, setup, errors },
  id: { common: commonId, console: consoleId, setup: setupId, errors: errorsId },
});

export type SetupWords = ReturnType<typeof useWords>;
