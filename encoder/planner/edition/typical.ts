import type { PartClass } from '../../../codecs/edition/index.js';
import type { PlannedObject } from './prepare.js';

/** The front: a tenth of small content, and no more than this. */
const FRONT_SHARE = 0.1;
const MOST_FRONT = 100_000;
/** What the rest is, and how large its parts are, compressed. */
const REST: readonly { readonly kind: PartClass; readonly share: number; readonly partBytes: number }[] = [
  { kind: 'text', share: 0.15, partBytes: 1_000_000 },
  { kind: 'picture', share: 0.35, partBytes: 1_500_000 },
  { kind: 'sound', share: 0.1, partBytes: 2_000_000 },
  { kind: 'film', share: 0.4, partBytes: 10_000_000 },
];
/** Smaller content has no parts of its own for sound and film. */
const LEAST_PART = 20_000;
/** No class has more parts: they are larger instead. */
const MOST_PARTS = 100;
/** Bytes of the index, and of what it says of a part. */
const INDEX_BYTES = 120;
const INDEX_PART_BYTES = 75;

/** A plausible edition of so many compressed bytes, for which nothing else is known. @param bytes 1 or more */
export function typicalEdition(bytes: number): PlannedObject[] {
  const front = Math.ceil(Math.min(MOST_FRONT, FRONT_SHARE * bytes));
  const rest = bytes - front;
  const kinds = REST.filter(({ share }) => share * rest >= LEAST_PART);
  const shares = kinds.reduce((sum, { share }) => sum + share, 0);
  const parts = kinds.flatMap(({ kind, share, partBytes }): PlannedObject[] => {
    const all = (rest * share) / shares;
    const count = Math.min(MOST_PARTS, Math.ceil(all / partBytes));
    return Array.from({ length: count }, () => ({ kind, bytes: Math.ceil(all / count) }));
  });
  const others: PlannedObject[] = kinds.length > 0 || rest < 1 ? parts : [{ kind: 'text', bytes: rest }];
  const all: PlannedObject[] = [{ kind: 'front', bytes: front }, ...others];
  return [{ kind: 'index', bytes: INDEX_BYTES + INDEX_PART_BYTES * all.length }, ...all];
}
