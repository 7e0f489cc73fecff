/** The texts of the kiosk. */
import { common, kiosk } from "../../server/texts/en.json";
import { common as commonId, kiosk as kioskId } from "../../server/texts/id.json";
import { speaking } from "../../server/browser/components/Speaking";

export const { Speaking, useWords } = speaking({
  en: { common, kiosk },
  id: { common: commonId, kiosk: kioskId },
});
