/** The texts of the supervisor's page. */
import { common, console, supervisor, errors } from "../../texts/en.json";
import { common as commonId, console as consoleId, supervisor as supervisorId, errors as errorsId } from "../../texts/id.json";
import { speaking } from "../../browser/components/Speaking";

export const { Speaking, useWords } = speaking({
  en: { common, console, supervisor, errors },
  id: { common: commonId, console: consoleId, supervisor: supervisorId, errors: errorsId },
});

export type SupervisorWords = ReturnType<typeof useWords>;
