import { equalBytes, fromHex } from '../../codecs/bytes.js';
import { describeNamesakes, fingerprint, type PublicKey, publisherId } from '../../codecs/minisign/index.js';
import { printable } from '../../codecs/text.js';
import { signingKeyId } from '../engine/editions/takes-place.js';
import type { KnownEdition } from '../engine/ports/events.js';
import type { KeyHistory } from '../engine/ports/seen.js';
import { publisherKeys } from '../engine/tables/publishers.js';

/** A publisher from whom something was received before. */
export interface KnownPublisher {
  /** Public key, hexadecimal. */
  readonly publisher: string;
  readonly keyId: Uint8Array;
}

/** Publishers who are trusted: each under the name that he had before his key was succeeded. */
export function trustedPublishers(
  trust: readonly PublicKey[],
  histories: readonly KeyHistory[] = [],
): ReadonlySet<string> {
  const names = publisherKeys(trust, histories).map(({ publisher }) => publisher);
  // one whose key was pinned beside that of the publisher whom it succeeded has directories of his own
  return new Set([...names, ...trust.map(publisherId)]);
}

/**
 * Sentences on keys that are trusted now and have the key id of another one that a directory knows.
 *
 * @param histories keys that have succeeded others: those are of one publisher
 */
export function namesakes(
  trust: readonly PublicKey[],
  known: readonly KnownPublisher[],
  directory: string,
  histories?: readonly KeyHistory[],
): string[] {
  const own = trustedPublishers(trust, histories);
  return trust.flatMap((key) => {
    const other = known.find(({ publisher, keyId }) => equalBytes(keyId, key.keyId) && !own.has(publisher));
    if (other === undefined) return [];
    const before = { keyId: other.keyId, publicKey: fromHex(other.publisher) };
    return [`${directory} knows another publisher. ${describeNamesakes(before, key)}`];
  });
}

/** Sentences on publishers from whom something was received and who are not trusted any more. */
export function noLongerTrusted(
  trust: readonly PublicKey[],
  known: readonly KnownPublisher[],
  directory: string,
  histories?: readonly KeyHistory[],
): string[] {
  const trusted = trustedPublishers(trust, histories);
  return known
    .filter(({ publisher }) => !trusted.has(publisher))
    .map(
      ({ publisher }) =>
        `${printable(directory)} has what was received of publisher ${fingerprint(publisher)}, whom --trust does not name any more: nothing of it is written.`,
    );
}

/** Who has signed editions: the key id is in the signature. */
export function publishersOf(editions: readonly KnownEdition[]): KnownPublisher[] {
  return editions.flatMap(({ edition: { publisher, signature } }) => {
    const keyId = signingKeyId(signature);
    return keyId === undefined ? [] : [{ publisher, keyId: fromHex(keyId) }];
  });
}
