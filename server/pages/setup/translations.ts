/** The texts of the set-up. */
import { common, console, errors, setup } from "../../texts/en.json";
import { common as commonId, console as consoleId, errors as errorsId, setup as setupId } from "../../texts/id.json";
import { speaking } from "../shared/components/Speaking";

export const { Speaking, useWords } = speaking({
  en: { common, console, errors, setup },
  id: { common: commonId, console: consoleId, errors: errorsId, setup: setupId },
});

export type SetupWords = ReturnType<typeof useWords>;
