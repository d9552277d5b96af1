import { EncodeError } from '../../error.js';

/** The content changed while it was packed: to be tried again when it has settled. */
export class ContentChangedError extends EncodeError {}
