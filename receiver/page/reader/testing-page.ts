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
const LOOK = { textSize: 100, isDark: false, language: 'ko' };

/** The functions that tests call in the page. */
export const tab = {
  /** Shows a file of an edition, given as text or base64 by path, in place of the last one. */
  async show(files: Readonly<Record<string, string>>, path: string, look = LOOK) {
    const edition = new Map(Object.entries(files).map(([name, text]) => [name, bytesOf(text)] as const));
    const resolve = async (name: string) => {
      const bytes = edition.get(name);
      return bytes && new Blob([bytes]);
    };
    const document_ = await safeDocument({ path, bytes: edition.get(path)! }, resolve, look);
    frame?.remove();
    release?.();
    release = document_.release;
    frame = document.createElement('iframe');
    frame.style.cssText = 'border: 0; width: 100%; height: 90vh';
    await openFrame(frame, document.body, document_, (link) => followed.push(link));
    const { html, title, links, leftOut } = document_;
    return { html, title, links, leftOut };
  },
  /** How often something of a document ran. */
  ran: () => ran,
  followed: () => followed,
};

const BASE64 = 'base64:';
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  if (!text.startsWith(BASE64)) return new TextEncoder().encode(text);
  return Uint8Array.from(atob(text.slice(BASE64.length)), (character) => character.charCodeAt(0));
}

Object.assign(globalThis, { tab });
