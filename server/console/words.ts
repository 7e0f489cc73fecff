/** The texts of the staff's pages. */
import { common, console, errors, setup, supervisor } from "../texts/en.json";
import {
  common as commonId,
  console as consoleId,
  errors as errorsId,
  setup as setupId,
  supervisor as supervisorId,
} from "../texts/id.json";
import { speaking } from "../browser/components/Speaking";

export const { Speaking, useWords } = speaking({
  en: { common, console, errors, setup, supervisor },
  id: { common: commonId, console: consoleId, errors: errorsId, setup: setupId, supervisor: supervisorId },
});

export type StaffWords = ReturnType<typeof useWords>;
