/** A QR code as a drawing: dark on white in both themes, since not every phone reads the inverse. */
import { useMemo } from "preact/hooks";
import { generate } from "lean-qr";

/** Modules of white that the standard asks for around the code. */
const MARGIN = 4;

/** `label` is what screen readers are told instead. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => draw(text), [text]);
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

function draw(text: string): { size: number; path: string } {
  const code = generate(text);
  let path = "";
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      if (code.get(x, y)) path += `M${x + MARGIN} ${y + MARGIN}h1v1h-1z`;
    }
  }
  return { size: code.size + 2 * MARGIN, path };
}
