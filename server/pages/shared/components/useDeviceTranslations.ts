/** The words of what kiosks and displays share. Bundle the sections `common` and `device`. */
import type texts from "../../../texts/en.json";
import type { Words } from "../texts";
import { type CommonSections, useCommonWords } from "./Speaking";

interface DeviceSections extends CommonSections {
  device: typeof texts.device;
}

export const useDeviceTranslations = () => useCommonWords() as unknown as Words<DeviceSections>;
