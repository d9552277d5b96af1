import { commitmentTo, parseSuccession, verifySuccession } from '../../../../codecs/auth/index.js';
import { equalBytes, fromBase64, toHex } from '../../../../codecs/bytes.js';
import type { Crypto } from '../../../../codecs/crypto/index.js';
import type { PublicKey } from '../../../../codecs/minisign/index.js';
import type { IndexArrival } from '../../../engine/ports/events.js';
import type { KeyHistory } from '../../../engine/ports/seen.js';
import { type PublisherKeys, publisherKeys } from '../../../engine/tables/publishers.js';
import { signedEdition } from './signed-edition.js';

/**
 * What was remembered of the keys of publishers, as far as it is proven: by both signatures, or by an edition of the key before that
 * names the successor.
 *
 * @param proofs editions, whose signatures are checked
 */
export async function provenHistories(
  crypto: Crypto,
  trust: readonly PublicKey[],
  remembered: readonly KeyHistory[],
  proofs: readonly IndexArrival[],
): Promise<KeyHistory[]> {
  const proven: KeyHistory[] = [];
  for (const { publisher, statements, nextKey: named } of remembered) {
    let history: KeyHistory = { publisher, statements: [] };
    try {
      for (const text of statements) {
        const bytes = fromBase64(text);
        const { oldKey, newKey, nextKey } = parseSuccession(bytes);
        const [of] = publisherKeys(trust, [history]).filter((each) => each.publisher === publisher);
        const key = of?.keys.at(-1);
        if (key === undefined || !equalBytes(key.publicKey, oldKey)) break;
        if (!(await verifySuccession(crypto, bytes, 'new'))) break;
        const commitment = toHex(commitmentTo(crypto, newKey));
        const isProven =
          history.nextKey === commitment ||
          (await verifySuccession(crypto, bytes, 'old')) ||
          (await isNamed(crypto, { publisher, keys: [key] }, commitment, proofs));
        if (!isProven) break;
        history = {
          publisher,
          statements: [...history.statements, text],
          ...(nextKey && { nextKey: toHex(nextKey) }),
        };
      }
      // what the present key has named, in an edition that may be gone
      const [of] = publisherKeys(trust, [history]).filter((each) => each.publisher === publisher);
      const isNext = named !== undefined && history.nextKey === undefined && of !== undefined;
      if (isNext && (await isNamed(crypto, { publisher, keys: [of.keys.at(-1)!] }, named, proofs))) {
        history = { ...history, nextKey: named };
      }
    } catch {
      // what is damaged proves nothing
    }
    if (history.statements.length > 0 || history.nextKey !== undefined) proven.push(history);
  }
  return proven;
}

async function isNamed(
  crypto: Crypto,
  by: PublisherKeys,
  commitment: string,
  proofs: readonly IndexArrival[],
): Promise<boolean> {
  for (const { index, object, edition } of proofs) {
    if (index.nextKey !== commitment) continue;
    const proof = await signedEdition(crypto, [by], object, edition.signature);
    if (proof?.index.nextKey === commitment) return true;
  }
  return false;
}
