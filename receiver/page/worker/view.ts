import { fingerprint, publisherId } from '../../../codecs/minisign/index.js';
import type { PartStatus } from '../../engine/room/status.js';
import type { Kept } from '../keep/index.js';
import { frontOf } from './content/files.js';
import { type Bundle, bundleKey } from './content/shelf.js';
import type { BundleView, Notice, PartView } from './protocol.js';
import type { Reception } from './reception.js';

/** Bytes of a symbol of a part that no table has announced. */
const USUAL_SYMBOL = 1400;

/** @param rate symbols of use in a second of recording; undefined: not known */
export function viewBundles(
  { shelf, refused, statuses, publishers }: Pick<Reception, 'shelf' | 'refused' | 'statuses' | 'publishers'>,
  kept: Pick<Kept, 'has' | 'files'>,
  rate: number | undefined,
): BundleView[] {
  const byKey = new Map(statuses().map(({ edition, parts }) => [bundleKey(edition), parts]));
  const present = new Map(publishers().map(({ publisher, keys }) => [publisher, publisherId(keys.at(-1)!)]));
  return [...shelf].map(([key, bundle]) => {
    const { publisher } = bundle.newest.edition;
    const fingerprints = [...new Set([publisher, present.get(publisher) ?? publisher])].map(fingerprint);
    return { ...viewBundle(key, bundle, byKey.get(key) ?? [], refused, kept, rate), fingerprints };
  });
}

function viewBundle(
  key: string,
  bundle: Bundle,
  statuses: readonly PartStatus[],
  refused: ReadonlyMap<string, string>,
  kept: Pick<Kept, 'has' | 'files'>,
  rate: number | undefined,
): Omit<BundleView, 'fingerprints'> {
  const { edition, index } = bundle.newest;
  const { name, sequence } = edition;
  const bySha256 = new Map(statuses.map((status) => [status.part.sha256, status]));
  let symbolsLeft = 0;
  const parts = index.parts.map((part): PartView => {
    const { sha256, label, class: partClass, unpacked: bytes, files } = part;
    const about = { sha256, label, class: partClass, bytes, files };
    if (kept.has(sha256)) return { ...about, state: 'there', share: 1 };
    const why = refused.get(sha256);
    const status = bySha256.get(sha256);
    if (why !== undefined) return { ...about, state: 'refused', share: 0, why };
    if (status?.state === 'refused') return { ...about, state: 'refused', share: 0 };
    const needed = status?.sourceSymbols ?? Math.ceil(part.bytes / USUAL_SYMBOL);
    const received = status?.received ?? 0;
    symbolsLeft += Math.max(1, needed - received);
    // all symbols that are needed may be there, and the last of them does not fit yet
    const share = Math.min(0.99, received / Math.max(1, needed));
    return { ...about, state: received > 0 ? 'receiving' : 'missing', share };
  });
  return {
    key,
    name,
    sequence,
    earlier: bundle.earlier?.edition.sequence,
    parts,
    front: frontOf(bundle, kept),
    secondsLeft: symbolsLeft > 0 && rate !== undefined ? symbolsLeft / rate : undefined,
  };
}

/** What has arrived from one view to another; undefined: nothing. */
export function whatIsNew(before: readonly BundleView[], after: readonly BundleView[]): Notice | undefined {
  const shares = new Map(before.flatMap(({ parts }) => parts.map(({ sha256, share }) => [sha256, share])));
  const known = new Set(before.map(({ key, sequence }) => `${key} ${sequence}`));
  const grown = after.flatMap(({ parts }) =>
    parts.filter(({ sha256, share }) => share > (shares.get(sha256) ?? 0)),
  );
  const isNew = grown.length > 0 || after.some(({ key, sequence }) => !known.has(`${key} ${sequence}`));
  const readable = grown.filter(({ state }) => state === 'there');
  return isNew ? { kind: 'added', files: readable.reduce((sum, { files }) => sum + files, 0) } : undefined;
}
