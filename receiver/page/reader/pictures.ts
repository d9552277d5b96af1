/** Pictures that cost no more than they may. */

import { imageSize } from 'image-size';
import { MAX_DRAWING, MAX_DRAWING_DEPTH, MAX_DRAWN, MAX_PIXELS } from './limits.js';
import { sanitiseDrawing } from './sanitise.js';

const DRAWING = 'image/svg+xml';
/** Where a picture says how large it is: behind profiles and previews at most. */
const HEAD = 2 ** 19;

/** A picture that may be shown, and how many pixels it has. */
export interface Picture {
  readonly blob: Blob;
  readonly pixels: number;
}

/** @returns undefined: it is too large, or of no kind that is known */
export async function safePicture(blob: Blob, type: string): Promise<Picture | undefined> {
  try {
    if (type === DRAWING) {
      if (blob.size > MAX_DRAWING) return undefined;
      const text = await blob.text();
      // what stands for other text could be of any length when it is read
      if (/<!entity/i.test(text)) return undefined;
      return safeDrawing(new DOMParser().parseFromString(text, DRAWING).documentElement);
    }
    const head = new Uint8Array(await blob.slice(0, HEAD).arrayBuffer());
    const { width, height } = imageSize(head);
    if (width * height > MAX_PIXELS) return undefined;
    const picture = blob.slice(0, blob.size, type);
    const pixels = await pixelsOf(picture);
    return pixels <= MAX_PIXELS ? { blob: picture, pixels } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * As the browser understands the file, which may say one size in one place and another elsewhere. A picture that is nowhere shown is not
 * drawn for that.
 *
 * @throws when it is damaged
 */
async function pixelsOf(blob: Blob): Promise<number> {
  const picture = new Image();
  picture.src = URL.createObjectURL(blob);
  try {
    await new Promise((resolve, reject) => {
      picture.onload = resolve;
      picture.onerror = reject;
    });
    return picture.naturalWidth * picture.naturalHeight;
  } finally {
    URL.revokeObjectURL(picture.src);
  }
}

/** A drawing as a picture: nothing in it acts, and it loads nothing (SVG 2 section 2.7.1, secure static mode). */
function safeDrawing(drawing: Element): Picture | undefined {
  const svg = sanitiseDrawing(drawing);
  if (svg === undefined || drawnElements(svg) > MAX_DRAWN) return undefined;
  const text = new XMLSerializer().serializeToString(svg);
  return text.length <= MAX_DRAWING ? { blob: new Blob([text], { type: DRAWING }), pixels: 0 } : undefined;
}

/** Elements, each as often as others use it by its name; infinite where one uses itself, or is too deep. */
function drawnElements(svg: Element): number {
  const named = new Map([...svg.querySelectorAll('[id]')].map((element) => [element.id, element] as const));
  const counts = new Map<Element, number>();
  const drawn = (element: Element, depth: number): number => {
    if (depth > MAX_DRAWING_DEPTH) return Number.POSITIVE_INFINITY;
    const known = counts.get(element);
    if (known !== undefined) return known;
    counts.set(element, Number.POSITIVE_INFINITY);
    let count = 1;
    for (const child of element.children) count += drawn(child, depth + 1);
    for (const { value } of element.attributes) {
      for (const [, id] of value.matchAll(/#([^\s"'()]+)/g)) {
        const used = named.get(id!);
        if (used !== undefined) count += drawn(used, depth + 1);
      }
    }
    counts.set(element, count);
    return count;
  };
  return drawn(svg, 0);
}
