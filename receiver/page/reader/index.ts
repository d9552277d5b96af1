/** Files of an edition as documents that may be shown to people. */

export { type SafeDocument, safeDocument } from './document.js';
export { openFrame, scrollToFragment } from './frame.js';
export { type LeftOut, MAX_READ } from './limits.js';
export type { Look } from './look.js';
export { mediaTypeOf } from './media-types.js';
export { safePicture } from './pictures.js';
export type { Reference } from './reference.js';
export type { Resolve } from './resources.js';
