import { z } from 'zod';
import { fingerprint } from '../../codecs/minisign/index.js';

/** A publisher in a record on the disk: what `publisherId` gives. */
export const publisherText = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'a public key is needed, 64 hexadecimal digits');

/** What has become of a publisher's key, a sentence. */
export function describeSuccession({
  publisher,
  key,
}: {
  readonly publisher: string;
  readonly key: string;
}): string {
  return `Publisher ${fingerprint(publisher)} has another key now, with the fingerprint ${fingerprint(key)}; what the key before signs is not taken any more.`;
}
