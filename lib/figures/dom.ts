/**
 * The `document` in which Plot draws where there is no browser. Pass it as `Plot.plot({ document, … })`.
 *
 * @module
 */
import { rgb } from "d3-color";
import { encode } from "fast-png";
import { parseHTML } from "linkedom";

/** Belongs to the kit alone: nothing global is set. */
export const document: Document = parseHTML("<!doctype html><html><body></body></html>").document;

// Plot paints continuous colour legends and rasters on a canvas, which linkedom has not.
const createElement = document.createElement.bind(document);
document.createElement =
  ((name: string, options?: ElementCreationOptions) =>
    name === "canvas" ? new Canvas() : createElement(name, options)) as typeof document.createElement;

/** An SVG element; attributes that are undefined are left out. */
export function svgElement<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number | undefined>>,
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...children);
  return element;
}

/** As much of a canvas as Plot uses: opaque rectangles of one colour, and pixels put in. */
class Canvas {
  width = 300;
  height = 150;
  fillStyle = "#000";
  #pixels?: Uint8ClampedArray;

  getContext() {
    return this;
  }

  fillRect(left: number, top: number, width: number, height: number) {
    const { r, g, b, opacity } = rgb(this.fillStyle);
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) {
        this.pixels.set([r, g, b, 255 * opacity], 4 * (y * this.width + x));
      }
    }
  }

  createImageData(width: number, height: number) {
    return { width, height, data: new Uint8ClampedArray(4 * width * height) };
  }

  putImageData({ data }: { data: Uint8ClampedArray }) {
    this.pixels.set(data);
  }

  toDataURL(): string {
    const png = encode({ width: this.width, height: this.height, data: this.pixels, channels: 4 });
    return `data:image/png;base64,${png.toBase64()}`;
  }

  get pixels(): Uint8ClampedArray {
    return this.#pixels ??= new Uint8ClampedArray(4 * this.width * this.height);
  }
}
