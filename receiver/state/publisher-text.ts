import { z } from 'zod';

/** A publisher in a record on the disk: what `publisherId` gives. */
export const publisherText = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'a public key is needed, 64 hexadecimal digits');
