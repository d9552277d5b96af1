/** The references of a page: pictures, sound and films become blobs, links become names of files. */

import { mediaTypeOf } from './media-types.js';
import { resolveReference } from './reference.js';
import type { Resources } from './resources.js';

/** Attributes of links that the page follows; see `openFrame`. No element has `href`: nothing can be followed without us. */
export const LINK_PATH = 'data-path';
export const LINK_FRAGMENT = 'data-fragment';

/** @returns the files that the page has links to */
export function rewriteLinks(page: HTMLElement, path: string): string[] {
  const linked = new Set<string>();
  for (const element of page.querySelectorAll('[href]')) {
    const reference = resolveReference(path, element.getAttribute('href')!);
    element.removeAttribute('href');
    if (reference === undefined) continue;
    linked.add(reference.path);
    element.setAttribute(LINK_PATH, reference.path);
    element.setAttribute(LINK_FRAGMENT, reference.fragment);
    element.setAttribute('role', 'link');
    element.setAttribute('tabindex', '0');
  }
  return [...linked];
}

export async function rewriteSources(page: HTMLElement, path: string, resources: Resources): Promise<void> {
  const rewrite = async (
    element: Element,
    name: string,
    find: (value: string) => Promise<string | undefined>,
  ) => {
    const value = element.getAttribute(name);
    if (value === null) return;
    element.removeAttribute(name);
    const found = await find(value);
    if (found !== undefined) element.setAttribute(name, found);
  };
  const picture = (value: string) => resources.picture(path, value);
  const media = (value: string) => resources.media(path, value);
  for (const element of page.querySelectorAll('[src], [srcset], [poster]')) {
    const isPicture = element.localName === 'img' || element.closest('picture') !== null;
    await rewrite(element, 'src', isPicture ? picture : media);
    await rewrite(element, 'poster', picture);
    await rewrite(element, 'srcset', (value) => rewriteSet(value, picture));
  }
  for (const element of page.querySelectorAll('audio, video')) {
    element.setAttribute('controls', '');
    // nothing is read before somebody wants it, but for how long it is
    element.setAttribute('preload', 'metadata');
  }
}

/** `srcset`: addresses, each with what it is for (HTML section 4.8.4.2.1). */
export async function rewriteSet(
  set: string,
  picture: (reference: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const candidates: string[] = [];
  // an address has no white space, and no comma at its ends
  for (const [, reference = '', descriptor = ''] of set.matchAll(
    /[\s,]*([^\s,]\S*[^\s,]|[^\s,])(\s[^,]*)?/g,
  )) {
    const url = /^(\s+\d+(\.\d+)?[wx])?\s*$/.test(descriptor) ? await picture(reference) : undefined;
    if (url !== undefined) candidates.push(url + descriptor.trimEnd());
  }
  return candidates.length === 0 ? undefined : candidates.join(', ');
}

/** A page with a picture, sound or a film and nothing else; undefined for other kinds of files. */
export function pageOfMedia(path: string): string | undefined {
  const source = `/${path.split('/').map(encodeURIComponent).join('/')}`;
  const kind = mediaTypeOf(path).split('/')[0]!;
  if (kind === 'image') return `<p><img src="${source}" alt="">`;
  return kind === 'audio' || kind === 'video' ? `<p><${kind} src="${source}"></${kind}>` : undefined;
}
