/** The texts of the home page. */
import { common, home } from "../../texts/en.json";
import { common as commonId, home as homeId } from "../../texts/id.json";
import { speaking } from "../shared/components/Speaking";

export const { Speaking, useWords } = speaking({
  en: { common, home },
  id: { common: commonId, home: homeId },
});
