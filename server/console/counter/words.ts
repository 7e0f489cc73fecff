/** The texts of the counter page. */
import { speaking } from "../../browser/components/Speaking";
import { common, console, errors } from "../../texts/en.json";
import { common as commonId, console as consoleId, errors as errorsId } from "../../texts/id.json";

export const { Speaking } = speaking({
  en: { common, console, errors },
  id: { common: commonId, console: consoleId, errors: errorsId },
});
