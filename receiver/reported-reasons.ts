import type { RejectionReason } from './engine/ports/events.js';

/** Rejections that concern more than a datagram. */
export const REPORTED_REASONS: ReadonlySet<RejectionReason> = new Set<RejectionReason>([
  'replaced-publisher',
  'bad-succession',
  'old-generation',
  'bad-table',
  'not-an-edition',
  'old-edition',
  'bad-index',
  'other-successor',
  'bad-part',
  'bad-object',
  'too-large',
  'left-out',
  'left-out-edition',
  'waiting-full',
  'bad-digest',
  'bad-publisher-signature',
]);
