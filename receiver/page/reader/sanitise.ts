/** What may be in a document. All else goes; DOMPurify knows the ways around such a list. */

import DOMPurify from 'dompurify';
import { MAX_SPANNED } from './limits.js';

const words = (text: string) => text.trim().split(/\s+/);

const TAGS = words(`
  html head body style link
  h1 h2 h3 h4 h5 h6 hgroup header footer main nav section article aside address search
  p br hr wbr div span center blockquote pre figure figcaption ul ol li dl dt dd menu details summary
  a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q rb rp rt rtc ruby s samp small strike
  strong sub sup time tt u var
  table caption colgroup col thead tbody tfoot tr td th
  img picture source audio video track map area
`);

const ATTRIBUTES = words(`
  id name class style title lang dir translate role
  href rel media type
  src srcset sizes alt width height poster controls loop muted kind srclang label default usemap shape coords
  colspan rowspan headers scope abbr span align valign bgcolor border cellpadding cellspacing nowrap noshade
  color face size start reversed value compact datetime open
`);

/** Makes of a parsed page the part of it that may be shown, in a document of its own that no window shows. */
export function sanitisePage(root: Element): HTMLElement {
  const page = DOMPurify.sanitize(root, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    WHOLE_DOCUMENT: true,
    RETURN_DOM: true,
  }) as HTMLElement;
  limitText(page);
  limitTables(page);
  return page;
}

/** Marks on one letter: browsers take time that grows with their square. */
const PILED_MARKS = /(\p{M}{16})\p{M}+/gu;
/** Characters that show letters in another order than they have; `dir` and `bdo` do that for pages that need it. */
const OVERRIDES = /[\u202a-\u202e\u2066-\u2069]/g;

function limitText(page: HTMLElement): void {
  const texts = document.createNodeIterator(page, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
    const limited = text.nodeValue!.replace(PILED_MARKS, '$1').replace(OVERRIDES, '');
    if (limited !== text.nodeValue) text.nodeValue = limited;
  }
}

/** Where cells that span others would cover more places than a browser can lay out, none does. */
function limitTables(page: HTMLElement): void {
  const spanning = page.querySelectorAll('[colspan], [rowspan], [span]');
  const rows = page.querySelectorAll('tr').length;
  const number = (element: Element, name: string) =>
    Math.max(1, Number.parseInt(element.getAttribute(name) ?? '1', 10) || 1);
  let places = 0;
  for (const each of spanning) {
    places += number(each, 'colspan') * Math.min(number(each, 'rowspan'), rows) + number(each, 'span');
  }
  if (places <= MAX_SPANNED) return;
  for (const each of spanning) for (const name of ['colspan', 'rowspan', 'span']) each.removeAttribute(name);
}

/** The same for a drawing; undefined: nothing of it may be shown. */
export function sanitiseDrawing(drawing: Element): SVGElement | undefined {
  const body = DOMPurify.sanitize(drawing, {
    USE_PROFILES: { svg: true },
    FORBID_TAGS: [
      'animate',
      'animatecolor',
      'animatemotion',
      'animatetransform',
      'set',
      'a',
      'view',
      'filter',
    ],
    ALLOW_DATA_ATTR: false,
    ADD_TAGS: ['use'],
    RETURN_DOM: true,
  });
  const svg = body.querySelector('svg') ?? undefined;
  for (const element of svg?.querySelectorAll('*') ?? []) {
    for (const { name, value } of [...element.attributes]) {
      const isOwn = value.startsWith('#') || /^data:image\/(png|jpeg|gif|webp);/i.test(value);
      if (/(^|:)href$/i.test(name) && !isOwn) element.removeAttribute(name);
    }
  }
  return svg;
}
