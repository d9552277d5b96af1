/** The styles of a page: its own sheets, rewritten, in the places where it has them. */

import { type LeftOut, MAX_IMPORTS, MAX_STYLE_WORK, MAX_STYLES } from './limits.js';
import type { Resources } from './resources.js';
import { rewriteStyles, type StyleSources } from './style-sheet.js';

/** Puts rewritten style elements in the place of a page's `style` and `link`, and rewrites its style attributes. */
export async function rewriteAllStyles(
  page: HTMLElement,
  path: string,
  resources: Resources,
  leftOut: Set<LeftOut>,
): Promise<void> {
  let length = 0;
  let imports = 0;
  const elements = page.querySelectorAll('*').length;
  const rewrite = async (css: string, from: string): Promise<string> => {
    length += css.length;
    if (length > MAX_STYLES || length * elements > MAX_STYLE_WORK) {
      leftOut.add('styles');
      return '';
    }
    return rewriteStyles(css, sourcesOf(from));
  };
  const sourcesOf = (from: string): StyleSources => ({
    picture: (reference) => resources.picture(from, reference),
    async sheet(reference) {
      const found = ++imports <= MAX_IMPORTS ? await resources.sheet(from, reference) : undefined;
      return found && rewrite(found.css, found.path);
    },
  });

  for (const element of page.querySelectorAll('style, link')) {
    const style = document.createElement('style');
    const media = element.getAttribute('media');
    if (media !== null) style.media = media;
    if (element.localName === 'style') {
      style.textContent = await rewrite(element.textContent ?? '', path);
    } else if (/(^|\s)stylesheet(\s|$)/i.test(element.getAttribute('rel') ?? '')) {
      style.textContent = (await sourcesOf(path).sheet(element.getAttribute('href') ?? '')) ?? '';
    }
    element.replaceWith(style);
  }
  for (const element of page.querySelectorAll('[style]')) {
    element.setAttribute('style', await rewrite(element.getAttribute('style')!, path));
  }
}
