import { formatSequence } from '../../../codecs/edition/index.js';
import { requireLikely } from '../../content/sequence-limits.js';
import { EncodeError } from '../../error.js';
import type { Shard } from '../carousel/shard.js';
import type { StateStore } from '../state/state.js';
import type { Fingerprint } from './fingerprint.js';

/** Seconds from one edition of a bundle to the next: nobody is there to be asked, and content may rest for long. */
const MAX_STEP = 366 * 86_400;

export interface SequenceOptions {
  readonly state: Pick<StateStore, 'get' | 'sequenceElsewhere'>;
  readonly shard: Shard;
  /** Sequence number of the next edition; by default one that is higher than any before. */
  readonly sequence?: number | undefined;
  /** Unix time in milliseconds. */
  now(): number;
}

/**
 * Higher than the last one of the bundle, and at least the time in seconds. Uplinks that share a channel take the time
 * of the latest change of the content instead, so that all of them give an edition the same number.
 *
 * @throws EncodeError when a number that is asked for, or that the content has, is not higher; or when only a wrong clock
 *   explains it and it was not asked for
 */
export function nextSequence(
  name: string,
  { newest }: Fingerprint,
  { state, shard, sequence, now }: SequenceOptions,
): number {
  const last = state.get(name)?.edition?.sequence ?? 0;
  const elsewhere = state.sequenceElsewhere(name);
  if (sequence !== undefined) {
    const highest = Math.max(last, elsewhere - 1);
    if (sequence <= highest) {
      throw new EncodeError(
        `Sequence number ${formatSequence(sequence)} is not higher than ${formatSequence(highest)}, which other content was sent with. Give a higher one.`,
      );
    }
    return sequence;
  }
  const time = Math.floor((shard.count > 1 ? newest : now()) / 1000);
  // Other shards have their own state: only what is the same on all machines may be reckoned with.
  const next = Math.max(time, last + 1, shard.count > 1 ? 0 : elsewhere + 1);
  if (next < elsewhere) {
    throw new EncodeError(
      `The latest change of the content gives it sequence number ${next}, and ${elsewhere} was sent with other --shard ` +
        'settings already: receivers would not take it. Touch a file of the content, and copy it with its times to all uplinks.',
    );
  }
  requireLikely(name, next, {
    last: Math.max(last, elsewhere),
    clock: Math.floor(now() / 1000),
    maxStep: MAX_STEP,
  });
  return next;
}
