/** Draws QR codes. A page that seldom needs one loads this by itself, as /static/qr.js. */
import { generate } from "lean-qr";

/** Modules of white that the standard asks for around the code. */
const MARGIN = 4;

export interface QrDrawing {
  /** Modules a side, with the margin. */
  size: number;
  /** The dark modules, as the path of an SVG. */
  path: string;
}

export function draw(text: string): QrDrawing {
  const code = generate(text);
  let path = "";
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      if (code.get(x, y)) path += `M${x + MARGIN} ${y + MARGIN}h1v1h-1z`;
    }
  }
  return { size: code.size + 2 * MARGIN, path };
}
