/** A QR code as a picture: dark on white in both themes, since not every phone reads the inverse. */
import type { QrDrawing } from "../qr";

/** `label` is what screen readers are told instead. */
export function QrPicture({ drawing, label }: { drawing: QrDrawing; label: string }) {
  const { size, path } = drawing;
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
