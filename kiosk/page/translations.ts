/** The texts of the kiosk. */
import { speaking } from "../../server/pages/shared/components/Speaking";
import { common, device, kiosk } from "../../server/texts/en.json";
import { common as commonId, device as deviceId, kiosk as kioskId } from "../../server/texts/id.json";

export const { Speaking, useWords } = speaking({
  en: { common, device, kiosk },
  id: { common: commonId, device: deviceId, kiosk: kioskId },
});
