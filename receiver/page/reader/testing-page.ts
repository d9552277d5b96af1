/** What a page of the tests does with documents, in a browser. */

import { openFrame, type Reference, safeDocument } from './index.js';

/** Set by whatever of a document runs. */
declare global {
  var canary: (() => void) | undefined;
}

let ran = 0;
globalThis.canary = () => {
  ran++;
};
const followed: Reference[] = [];
let release: (() => void) | undefined;
let frame: HTMLIFrameElement | undefined;
type Files = Readonly<Record<string, string>>;
const LOOK = { textSize: 100, isDark: false, language: 'ko' };

/** Shows a file of an edition, given as text or base64 by path, in place of the last one. */
async function show(files: Files, path: string, look = LOOK) {
  const resolve = async (name: string) => (name in files ? new Blob([bytesOf(files[name]!)]) : undefined);
  const made = await safeDocument({ path, bytes: bytesOf(files[path]!) }, resolve, look);
  frame?.remove();
  release?.();
  release = made.release;
  frame = document.createElement('iframe');
  frame.style.cssText = 'border: 0; width: 100%; height: 90vh';
  await openFrame(frame, document.body, made, (link) => followed.push(link));
  const { html, title, links, leftOut } = made;
  return { html, title, links, leftOut };
}

/** What is in a document that must not be: elements, attributes, addresses. */
function* forbiddenIn(html: string): Generator<string> {
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  for (const element of parsed.documentElement.querySelectorAll('*')) {
    if (
      /^(script|iframe|object|embed|link|base|form|input|button|svg|math|template)$/.test(element.localName)
    ) {
      yield element.localName;
    }
    if (
      element.localName === 'meta' &&
      !/^<meta (charset="utf-8"|http-equiv="Content-Sec[^>]*)>$/.test(element.outerHTML)
    ) {
      yield element.outerHTML;
    }
    for (const { name, value } of element.attributes) {
      const isAddress = /^(src|srcset|poster)$/.test(name);
      if ((isAddress && !value.startsWith('blob:')) || /^on|href|action|ping|^data$|background/.test(name)) {
        yield `${name}="${value}"`;
      }
    }
    const css = element.localName === 'style' ? element.textContent! : (element.getAttribute('style') ?? '');
    const outside = css.replace(/url\("blob:[^"]*"\)/g, '').replace(/"[^"]*"/g, '');
    if (/url\(|@(import|font-face)(?!\\)/i.test(outside)) yield css;
  }
}

/** The functions that tests call in the page. */
export const tab = {
  show,
  /**
   * Shows a page that attacks and clicks on everything in it.
   *
   * @returns what must not be in the document
   */
  async attack(files: Files, path: string): Promise<string[]> {
    const { html } = await show(files, path);
    const shown = frame!.contentDocument!;
    for (const element of shown.querySelectorAll<HTMLElement>('a, area, p, summary, [onclick]'))
      element.click();
    // styles and layout are worked out before this is known
    if (shown.documentElement.scrollHeight < 0) throw new Error('No document is less than nothing high.');
    return [...forbiddenIn(html)];
  },
  /** Shows pages with nothing but a sandbox that keeps them in their frames, to see that they attack. */
  async unprotected(pages: readonly string[]) {
    const frames = pages.map((html) => {
      const bare = document.createElement('iframe');
      bare.setAttribute('sandbox', 'allow-scripts allow-same-origin allow-forms');
      bare.srcdoc = html;
      return bare;
    });
    const loaded = frames.map((bare) => new Promise((resolve) => bare.addEventListener('load', resolve)));
    document.body.append(...frames);
    // some never end to load
    await Promise.race([Promise.all(loaded), new Promise((resolve) => setTimeout(resolve, 2000))]);
    for (const each of frames) each.remove();
  },
  /** Fulfilled when the page has drawn what it shows. */
  drawn: () => new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve))),
  /** How often something of a document ran. */
  ran: () => ran,
  followed: () => followed,
  /** In the document that is shown. */
  shown: () => frame!.contentDocument!,
};

const BASE64 = 'base64:';
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  if (!text.startsWith(BASE64)) return new TextEncoder().encode(text);
  return Uint8Array.from(atob(text.slice(BASE64.length)), (character) => character.charCodeAt(0));
}

Object.assign(globalThis, { tab });
