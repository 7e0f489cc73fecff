/** The texts of the supervisor page. */
import { common, console, errors, supervisor } from "../../texts/en.json";
import {
  common as commonId,
  console as consoleId,
  errors as errorsId,
  supervisor as supervisorId,
} from "../../texts/id.json";
import { speaking } from "../shared/components/Speaking";

export const { Speaking, useWords } = speaking({
  en: { common, console, errors, supervisor },
  id: { common: commonId, console: consoleId, errors: errorsId, supervisor: supervisorId },
});

export type SupervisorWords = ReturnType<typeof useWords>;
