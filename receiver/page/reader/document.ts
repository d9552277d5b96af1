import { toBase64, utf8Encode } from '../../../codecs/bytes.js';
import { replaceUnprintable } from '../../../codecs/text.js';
import { type LeftOut, MAX_PAGE, MAX_TEXT } from './limits.js';
import { FIRST_STYLES, type Look, lastStyles } from './look.js';
import { mediaTypeOf } from './media-types.js';
import { parseHtml } from './parse.js';
import { pageOfMedia, rewriteLinks, rewriteSources } from './references.js';
import { openResources, type Resolve } from './resources.js';
import { sanitisePage } from './sanitise.js';
import { rewriteAllStyles } from './styles.js';
import { decodeText, directionOf } from './text.js';

/** Holds in the frame whatever the page around it allows. */
const POLICY = "default-src 'none'; img-src blob:; media-src blob:; style-src 'unsafe-inline'";
const MAX_TITLE = 200;

/** A document for `openFrame`. */
export interface SafeDocument {
  /** Of the file that it was made of. */
  readonly path: string;
  /** For a frame with `sandbox` and `srcdoc`. */
  readonly html: string;
  /** On one line, without characters that change how others are shown; may be empty. */
  readonly title: string;
  /** Files that the document has links to. */
  readonly links: readonly string[];
  /** What the limits took, or what lies outside the edition. */
  readonly leftOut: readonly LeftOut[];
  /** Frees its pictures and films; then the document must not be shown any more. */
  release(): void;
}

/**
 * Makes a document that does nothing: of a page its text, pictures, sound, films, styles, and links, which are followed by
 * us. Of a text its lines. Of a picture, sound or a film (`bytes` may be empty then) a document that shows it.
 *
 * @param file of an edition, by its path
 * @param resolve gives the other files of the edition
 */
export async function safeDocument(
  file: { readonly path: string; readonly bytes: Uint8Array },
  resolve: Resolve,
  look: Look,
): Promise<SafeDocument> {
  const leftOut = new Set<LeftOut>();
  const resources = openResources(resolve, leftOut);
  const { root, isWhole } = await parseHtml(sourceOf(file, leftOut));
  if (!isWhole) leftOut.add('end');
  const title = root.querySelector('title:not(svg *)')?.textContent ?? '';
  drawingsToPictures(root);
  const page = sanitisePage(root);
  await rewriteAllStyles(page, file.path, resources, leftOut);
  await rewriteSources(page, file.path, resources);
  const links = rewriteLinks(page, file.path);
  return {
    path: file.path,
    html: withLook(page, look),
    title: replaceUnprintable(title.replace(/\s+/g, ' ').trim(), '').slice(0, MAX_TITLE),
    links,
    leftOut: [...leftOut],
    release: resources.release,
  };
}

/** HTML of a file, whatever kind it is of. */
function sourceOf({ path, bytes }: { path: string; bytes: Uint8Array }, leftOut: Set<LeftOut>): string {
  const type = mediaTypeOf(path);
  const media = pageOfMedia(path);
  if (media !== undefined) return media;
  const isPage = type === 'text/html';
  if (!isPage && !type.startsWith('text/')) {
    leftOut.add('kind');
    return '';
  }
  const limit = isPage ? MAX_PAGE : MAX_TEXT;
  const text = decodeText(bytes, limit);
  if (text.length > limit) leftOut.add('end');
  const shown = text.slice(0, limit);
  if (isPage) return shown;
  return `<pre>\n${shown.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</pre>`;
}

/** Drawings that stand in a page become pictures: what they may do is the same as in files of their own. */
function drawingsToPictures(root: Element): void {
  for (const svg of root.querySelectorAll('svg:not(svg svg)')) {
    const picture = document.createElement('img');
    for (const name of ['width', 'height', 'class', 'style']) {
      const value = svg.getAttribute(name);
      if (value !== null) picture.setAttribute(name, value);
    }
    picture.alt = svg.querySelector('title')?.textContent ?? '';
    picture.src = `data:image/svg+xml;base64,${toBase64(utf8Encode(new XMLSerializer().serializeToString(svg)))}`;
    svg.replaceWith(picture);
  }
}

function withLook(page: HTMLElement, look: Look): string {
  const element = (name: string, attributes: Record<string, string>, text = '') => {
    const made = document.createElement(name);
    for (const [each, value] of Object.entries(attributes)) made.setAttribute(each, value);
    made.textContent = text;
    return made;
  };
  const head = page.querySelector('head')!;
  head.prepend(
    element('meta', { charset: 'utf-8' }),
    element('meta', { 'http-equiv': 'Content-Security-Policy', content: POLICY }),
    element('style', {}, FIRST_STYLES),
  );
  head.append(element('style', {}, lastStyles(look)));
  if (!page.hasAttribute('lang')) page.lang = look.language;
  // `dir="auto"` has the same meaning, but in Chromium each element that is parsed costs a look at all
  if (!page.hasAttribute('dir')) page.dir = directionOf(page.querySelector('body')?.textContent ?? '');
  return `<!doctype html>${page.outerHTML}`;
}
