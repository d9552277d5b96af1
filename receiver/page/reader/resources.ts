/** What the files of an edition give to a document: addresses of blobs, which hold until they are released. */

import { type LeftOut, LIMITS_OF_PICTURES, MAX_STYLES } from './limits.js';
import { mediaTypeOf } from './media-types.js';
import { type Picture, safePicture } from './pictures.js';
import { resolveReference } from './reference.js';
import { decodeText } from './text.js';

/** What a document refers to; undefined: not there (yet). */
export type Resolve = (path: string) => Promise<Blob | undefined>;

/** All methods give undefined where there is nothing that may be shown. References are of the file `from`. */
export interface Resources {
  /** A picture of the edition, or one that stands in the reference (`data:`). */
  picture(from: string, reference: string): Promise<string | undefined>;
  /** Sound, a film, or its subtitles. */
  media(from: string, reference: string): Promise<string | undefined>;
  /** The text of a style sheet, and its path. */
  sheet(from: string, reference: string): Promise<{ path: string; css: string } | undefined>;
  release(): void;
}

const MEDIA = /^(audio|video)\/|^text\/vtt$/;
/** Pictures that may stand in a reference (RFC 2397), in base64. */
const DATA = /^data:(image\/[a-z0-9.+-]+)[^,]*;base64,/i;

export function openResources(resolve: Resolve, leftOut: Set<LeftOut>): Resources {
  const urls = new Map<string, Promise<string | undefined>>();
  const made: string[] = [];
  let pictures = 0;
  let pixels = 0;

  const addressOf = (blob: Blob): string => {
    const url = URL.createObjectURL(blob);
    made.push(url);
    return url;
  };
  const show = (picture: Picture | undefined): string | undefined => {
    pictures++;
    pixels += picture?.pixels ?? 0;
    const isWithin = pictures <= LIMITS_OF_PICTURES.count && pixels <= LIMITS_OF_PICTURES.pixels;
    if (picture !== undefined && isWithin) return addressOf(picture.blob);
    leftOut.add('picture');
    return undefined;
  };
  /** The same file has one address, however often it is asked for. */
  const once = (key: string, make: () => Promise<string | undefined>) => {
    const url = urls.get(key) ?? make();
    urls.set(key, url);
    return url;
  };
  const pathOf = (from: string, reference: string, isRight: (type: string) => boolean) => {
    const path = resolveReference(from, reference)?.path;
    if (path === undefined) leftOut.add('outside');
    return path !== undefined && isRight(mediaTypeOf(path)) ? path : undefined;
  };

  return {
    async picture(from, reference) {
      const [prefix, type = ''] = DATA.exec(reference) ?? [];
      if (prefix !== undefined) {
        return once(reference, async () => {
          const bytes = bytesOfBase64(reference.slice(prefix.length));
          return bytes && show(await safePicture(new Blob([bytes], { type }), type.toLowerCase()));
        });
      }
      const path = pathOf(from, reference, (each) => each.startsWith('image/'));
      if (path === undefined) return undefined;
      return once(path, async () => {
        const blob = await resolve(path);
        return blob && show(await safePicture(blob, mediaTypeOf(path)));
      });
    },
    async media(from, reference) {
      const path = pathOf(from, reference, (each) => MEDIA.test(each));
      if (path === undefined) return undefined;
      return once(path, async () => {
        const blob = await resolve(path);
        return blob && addressOf(blob.slice(0, blob.size, mediaTypeOf(path)));
      });
    },
    async sheet(from, reference) {
      const path = pathOf(from, reference, (each) => each === 'text/css');
      const blob = path === undefined ? undefined : await resolve(path);
      if (path === undefined || blob === undefined) return undefined;
      return {
        path,
        css: decodeText(new Uint8Array(await blob.slice(0, 4 * MAX_STYLES).arrayBuffer()), MAX_STYLES),
      };
    },
    release() {
      for (const url of made.splice(0)) URL.revokeObjectURL(url);
    },
  };
}

function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(decodeURIComponent(text)), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
