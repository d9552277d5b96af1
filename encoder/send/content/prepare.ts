import { createHash } from 'node:crypto';
import { equalBytes } from '../../../codecs/bytes.js';
import { isDiskFull } from '../../../codecs/disk-full.js';
import { parseSignature, type SecretKey } from '../../../codecs/minisign/index.js';
import { warnOfSize } from '../../content/receiver-limits.js';
import type { LeftOut } from '../../content/walk.js';
import type { ChannelBundle } from '../channel/channel.js';
import type { OnUplinkEvent } from '../monitoring/events.js';
import type { EditionToSend, PartToSend } from '../multiplex/flow.js';
import type { BundleRecord, EditionRecord, PackedPartRecord, StateStore } from '../state/state.js';
import { ContentChangedError } from './content-changed.js';
import { type Fingerprint, fingerprint } from './fingerprint.js';
import { isIntact, objectPath } from './object-directory.js';
import type { CachedPart, KnownPart, Packer } from './pack.js';
import { nextSequence, type SequenceOptions } from './sequence.js';

export interface PrepareOptions extends SequenceOptions {
  readonly publisher: SecretKey;
  /** SHA-256 of the publisher's key that follows, hexadecimal. */
  readonly nextKey?: string | undefined;
  readonly state: StateStore;
  /** Directory of the objects. */
  readonly objects: string;
  /** Digests of the objects that were compared with their bytes in this run. */
  readonly verified: Set<string>;
  readonly packer: Packer;
  readonly onEvent: OnUplinkEvent;
  onPacking(bundle: string, done: number, total: number): void;
  /** A part can be sent, before its edition is complete. @param objects that the edition will have */
  onPart(part: PartToSend, objects: number): void;
}

/** Changes with everything that an edition is made of. */
export function contentKey(bundle: ChannelBundle, { digest }: Fingerprint): string {
  const { path, level, first, exclude, followLinks } = bundle;
  return createHash('sha256')
    .update(JSON.stringify([path, level, first, exclude, followLinks, digest]))
    .digest('hex');
}

function rethrow(error: unknown): never {
  throw error;
}

/** @throws the error, unless the disk is full */
export function unlessFull(error: unknown): void {
  if (!isDiskFull(error)) throw error;
}

const EMPTY: BundleRecord = { packed: [] };

/**
 * Packs the parts of a bundle that have changed and signs a new index, unless the latest edition has the same parts. The
 * state knows the edition and its objects are there when this returns.
 *
 * @throws EncodeError, EditionError, ContentChangedError or an error of the operating system
 */
export async function prepareEdition(bundle: ChannelBundle, options: PrepareOptions): Promise<EditionToSend> {
  const { state, sequence: wanted } = options;
  const { name } = bundle;
  const before = await fingerprint(bundle.path, bundle);
  const parts = await packBundle(bundle, before, options);
  const known = state.get(name)?.edition;
  const isLatest =
    known !== undefined &&
    isSignedSo(known, options) &&
    known.sequence >= state.sequenceElsewhere(name) &&
    (wanted === undefined || wanted === known.sequence);
  const isSame = isLatest && sameParts(known.parts, parts);
  const sequence = isSame ? known.sequence : nextSequence(name, before, options);
  const index = (isSame && (await intactIndex(known, options))) || (await sign(sequence));
  // A compressor that is another one makes another index, which is another edition.
  const edition =
    isSame && index.sha256 !== known.index.sha256 ? nextSequence(name, before, options) : sequence;
  const signed = edition === sequence ? index : await sign(edition);
  options.verified.add(signed.sha256);
  const warning = warnOfSize(
    name,
    parts.reduce((sum, { unpacked }) => sum + unpacked, 0),
  );
  if (warning !== undefined && !isSame) options.onEvent({ type: 'problem', bundle: name, message: warning });
  const record = { edition: { sequence: edition, index: signed, parts: parts.map(recordOf) }, packed: [] };
  const isKnown = edition === known?.sequence;
  await state.set(name, record).catch(isKnown ? unlessFull : rethrow);
  const earlier = new Set(known?.parts.map(({ sha256 }) => sha256));
  return {
    sequence: edition,
    index: signed,
    parts: parts.map(partToSend),
    changed: known === undefined ? parts.length : parts.filter(({ sha256 }) => !earlier.has(sha256)).length,
  };

  function sign(sequence: number) {
    const { publisher, nextKey, objects, packer } = options;
    const listed = parts.map(({ key: _, ...part }) => part);
    return packer.sign({ name, sequence, nextKey, parts: listed, publisher, objects });
  }
}

/** Packs the parts that are not there yet. The state knows each of them when it is there. */
async function packBundle(
  bundle: ChannelBundle,
  before: Fingerprint,
  options: PrepareOptions,
): Promise<CachedPart[]> {
  const { state, objects, verified, onEvent } = options;
  const { name, path, level, first, exclude, followLinks } = bundle;
  const known = knownParts(state, verified);
  let count = 0;
  let saving = Promise.resolve();
  const note = (record: BundleRecord) => {
    // a part that the disk does not know of is packed once more, should this run end
    saving = state.set(name, record).catch(unlessFull);
    // It is thrown below.
    saving.catch(() => {});
  };
  const listener = {
    onCut(keys: readonly string[], toPack: number, leftOut: LeftOut) {
      count = keys.length;
      if (toPack > 0) onEvent({ type: 'packing', bundle: name, parts: count, toPack, leftOut });
      const record = state.get(name);
      if (record === undefined) return;
      // Parts of content that has changed again before it was an edition are not wanted any more.
      const packed = record.packed.filter(({ key }) => keys.includes(key));
      if (packed.length < record.packed.length) note({ ...record, packed });
    },
    onPart(part: CachedPart) {
      verified.add(part.sha256);
      const record = state.get(name) ?? EMPTY;
      const isNoted = [...(record.edition?.parts ?? []), ...record.packed].some(
        ({ key, sha256 }) => key === part.key && sha256 === part.sha256,
      );
      if (!isNoted) {
        note({ ...record, packed: [...record.packed, recordOf(part)] });
      }
      options.onPart(partToSend(part), count + 1);
    },
    onProgress: (done: number, total: number) => options.onPacking(name, done, total),
  };
  try {
    const job = { name, path, level, first, exclude, followLinks, objects, known };
    const parts = await options.packer.pack(job, listener);
    await saving;
    await requireSame(bundle, before);
    return parts;
  } catch (error) {
    await requireSame(bundle, before);
    throw error;
  }
}

async function requireSame(bundle: ChannelBundle, { digest }: Fingerprint): Promise<void> {
  if ((await fingerprint(bundle.path, bundle)).digest === digest) return;
  throw new ContentChangedError(`${bundle.path} was changed while it was packed.`);
}

/** All parts that are in the directory, by the keys of their cuts: bundles share them. */
function knownParts(state: StateStore, verified: ReadonlySet<string>): Map<string, KnownPart> {
  const known = new Map<string, KnownPart>();
  for (const name of state.names()) {
    const { edition, packed } = state.get(name)!;
    for (const { key, sha256, length } of [...(edition?.parts ?? []), ...packed]) {
      known.set(key, { sha256, length, isVerified: verified.has(sha256) });
    }
  }
  return known;
}

function sameParts(known: readonly PackedPartRecord[], parts: readonly CachedPart[]): boolean {
  return known.length === parts.length && known.every(({ sha256 }, i) => sha256 === parts[i]!.sha256);
}

/** Another key, or another one to follow it, makes another edition of the same parts. */
function isSignedSo({ index }: EditionRecord, { publisher, nextKey }: PrepareOptions): boolean {
  return equalBytes(parseSignature(index.signature).keyId, publisher.keyId) && index.nextKey === nextKey;
}

/** The index of an edition when it is there as it was signed. */
async function intactIndex({ index }: EditionRecord, { objects, verified }: PrepareOptions) {
  const path = objectPath(objects, 'index', index.sha256);
  const isSound = verified.has(index.sha256) || (await isIntact(path, index.sha256, index.length));
  return isSound ? index : undefined;
}

function recordOf({ key, sha256, bytes }: CachedPart): PackedPartRecord {
  return { key, sha256, length: bytes };
}

function partToSend({ sha256, bytes, class: partClass }: CachedPart): PartToSend {
  return { sha256, length: bytes, class: partClass };
}
