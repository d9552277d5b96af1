import type { Crypto } from '../../../../codecs/crypto/index.js';
import type { PublicKey } from '../../../../codecs/minisign/index.js';
import type { IndexArrival } from '../../../engine/ports/events.js';
import type { KeyHistory, Seen } from '../../../engine/ports/seen.js';
import { publisherKeys } from '../../../engine/tables/publishers.js';
import type { Kept } from '../../keep/index.js';
import { provenHistories } from './histories.js';
import { type Bundle, bundleKey, type Shelf } from './shelf.js';
import { signedEdition } from './signed-edition.js';

/** What is remembered from one opening of the page to the next. */
export interface Remembered {
  readonly shelf: Shelf;
  readonly seen: Seen | undefined;
  readonly refused: ReadonlyMap<string, string>;
  /** Editions that have named a successor of their key. */
  readonly proofs: readonly IndexArrival[];
  /** Symbols that were of use in a second of the recordings read last; undefined: not known. */
  readonly rate: number | undefined;
}

export interface Memory extends Remembered {
  /** Fulfilled when this state, or a later one, is kept. */
  save(state: Remembered): Promise<void>;
}

interface Record {
  readonly version: 1;
  readonly bundles: readonly Bundle[];
  readonly seen: Seen | undefined;
  readonly refused: readonly (readonly [string, string])[];
  readonly proofs?: readonly IndexArrival[];
  readonly rate?: number | undefined;
}

/** What is damaged further within is refused with its signature. */
function isRecord(value: unknown): value is Record {
  if (typeof value !== 'object' || value === null) return false;
  const { version, bundles, seen, refused } = value as Partial<Record>;
  return (
    version === 1 &&
    Array.isArray(bundles) &&
    bundles.every((each) => typeof each === 'object' && each !== null) &&
    (seen === undefined || (Array.isArray(seen?.sequences) && Array.isArray(seen.generations))) &&
    Array.isArray(refused) &&
    refused.every((each) => Array.isArray(each) && each.every((text) => typeof text === 'string'))
  );
}

/**
 * What was remembered. Signatures are checked anew: in some browsers all local pages share what they keep.
 *
 * @throws errors of the browser
 */
export async function createMemory(
  kept: Pick<Kept, 'readState' | 'saveState'>,
  crypto: Crypto,
  trust: readonly PublicKey[],
): Promise<Memory> {
  const record = await kept.readState();
  const known = isRecord(record) ? record : undefined;
  const given: readonly IndexArrival[] = Array.isArray(known?.proofs) ? known.proofs : [];
  const histories: readonly KeyHistory[] = Array.isArray(known?.seen?.successions)
    ? known.seen.successions
    : [];
  const successions = await provenHistories(crypto, trust, histories, given).catch(() => []);
  // what was received stays, whichever key was the present one then
  const publishers = publisherKeys(trust, successions);
  let shelf: Shelf = new Map();
  for (const { newest, earlier } of known?.bundles ?? []) {
    const verified = await Promise.all([newest, earlier].map((each) => each && verify(each)));
    const bundle = { newest: verified[0] ?? verified[1], earlier: verified[0] && verified[1] };
    if (bundle.newest === undefined) continue;
    shelf = new Map(shelf).set(bundleKey(bundle.newest.edition), bundle as Bundle);
  }

  async function verify({ object, edition }: IndexArrival): Promise<IndexArrival | undefined> {
    try {
      return await signedEdition(crypto, publishers, object, edition.signature);
    } catch {
      // not even of the form of an edition
      return undefined;
    }
  }

  let latest: Record | undefined;
  let saving: Promise<void> | undefined;
  async function write(): Promise<void> {
    while (latest !== undefined) {
      const next = latest;
      latest = undefined;
      await kept.saveState(next);
    }
  }

  return {
    shelf,
    seen: known?.seen && { ...known.seen, successions },
    proofs: given,
    refused: new Map(known?.refused),
    rate: known?.rate,
    save({ shelf, seen, refused, proofs, rate }) {
      latest = { version: 1, bundles: [...shelf.values()], seen, refused: [...refused], proofs, rate };
      saving ??= write().finally(() => {
        saving = undefined;
      });
      return saving;
    },
  };
}
