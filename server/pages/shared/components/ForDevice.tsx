/** On a screen in the hall: what whoever looks after it has to mend, where the page itself can tell. */
import { proxyTrouble } from "../proxy";
import { useDeviceTranslations } from "./useDeviceTranslations";

export function ForDevice() {
  const words = useDeviceTranslations();
  const trouble = proxyTrouble();
  if (!trouble) return null;
  return (
    <p class="for-device">
      <strong>{words.text("device.for_it")}</strong> {words.text(`common.proxy_${trouble}`)}
    </p>
  );
}
