/** The texts of the counter's page. */
import { common, console, counter, errors } from "../../texts/en.json";
import {
  common as commonId,
  console as consoleId,
  counter as counterId,
  errors as errorsId,
} from "../../texts/id.json";
import { speaking } from "../shared/components/Speaking";

export const { Speaking, useWords } = speaking({
  en: { common, console, counter, errors },
  id: { common: commonId, console: consoleId, counter: counterId, errors: errorsId },
});

export type CounterWords = ReturnType<typeof useWords>;
