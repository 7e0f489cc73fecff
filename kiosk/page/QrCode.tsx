/** The QR code of a ticket. */
import { useMemo } from "preact/hooks";
import { QrPicture } from "../../server/browser/components/QrPicture";
import { draw } from "../../server/browser/qr";

/** `label` is what screen readers are told instead. */
export function QrCode({ text, label }: { text: string; label: string }) {
  return <QrPicture drawing={useMemo(() => draw(text), [text])} label={label} />;
}
