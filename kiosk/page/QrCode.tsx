/** The QR code of a ticket. */
import { useMemo } from "preact/hooks";

import { QrPicture } from "../../server/pages/shared/components/QrPicture";
import { draw } from "../../server/pages/shared/qr";

/** `label` is what screen readers are told instead. */
export function QrCode({ text, label }: { text: string; label: string }) {
  return <QrPicture drawing={useMemo(() => draw(text), [text])} label={label} />;
}
