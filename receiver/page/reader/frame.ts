/** Shows a document in a frame where nothing runs, and follows its links. */

import type { SafeDocument } from './document.js';
import type { Reference } from './reference.js';
import { LINK_FRAGMENT, LINK_PATH } from './references.js';

/**
 * Nothing is allowed but that we reach the document: links are followed by listeners of ours. Together with `allow-scripts` a
 * document could leave the sandbox; it is never given.
 */
const SANDBOX = 'allow-same-origin';

/**
 * Fulfilled when the document is shown. Each frame shows one document: make a new one for the next.
 *
 * @param frame of the page, not in it yet
 * @param parent where the frame is put
 * @param follow gets the links that the reader follows, but for those within the document
 */
export async function openFrame(
  frame: HTMLIFrameElement,
  parent: Element,
  shown: SafeDocument,
  follow: (link: Reference) => void,
): Promise<void> {
  frame.setAttribute('sandbox', SANDBOX);
  frame.referrerPolicy = 'no-referrer';
  frame.srcdoc = shown.html;
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
  parent.append(frame);
  await loaded;
  const listen = (event: Event) => {
    // a class of this window knows no events of that one
    if (event.type === 'keydown' && (event as KeyboardEvent).key !== 'Enter') return;
    const link = (event.target as Element).closest(`[${LINK_PATH}]`);
    if (link === null) return;
    event.preventDefault();
    const path = link.getAttribute(LINK_PATH)!;
    const fragment = link.getAttribute(LINK_FRAGMENT)!;
    if (path === shown.path) scrollToFragment(frame, fragment);
    else follow({ path, fragment });
  };
  frame.contentDocument!.addEventListener('click', listen);
  frame.contentDocument!.addEventListener('keydown', listen);
}

/** Scrolls to the element that a fragment names (HTML section 7.4.6.4), or to the beginning. */
export function scrollToFragment(frame: HTMLIFrameElement, fragment: string): void {
  const shown = frame.contentDocument!;
  const named = shown.getElementById(fragment) ?? shown.querySelector(`a[name="${CSS.escape(fragment)}"]`);
  if (named !== null) named.scrollIntoView();
  else if (fragment === '' || fragment.toLowerCase() === 'top') shown.defaultView!.scrollTo(0, 0);
}
