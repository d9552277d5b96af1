import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fromHex, toHex } from '../../../codecs/bytes.js';
import type { FecSchemes } from '../../../codecs/fec/index.js';
import { EncodeError } from '../../error.js';
import type { Keys } from '../../keys/keys.js';
import { type Session, toiOf } from '../../session/session.js';
import { createCarousel } from '../carousel/carousel.js';
import { createEdition, symbolSource } from '../carousel/edition.js';
import type { Shard } from '../carousel/shard.js';
import { createSymbolMaker } from '../carousel/symbol-maker.js';
import type { ChannelBundle } from '../channel/channel.js';
import type { OnUplinkEvent } from '../monitoring/events.js';
import type { FlowSetup } from '../multiplex/flow.js';
import type { BundleRecord, StateStore } from '../state/state.js';
import { type Fingerprint, fingerprint } from './fingerprint.js';
import type { Pack, PackedObject } from './pack.js';

export interface PrepareOptions {
  readonly keys: Keys;
  readonly schemes: FecSchemes;
  readonly session: Session;
  readonly state: StateStore;
  /** Directory of the transfer objects. */
  readonly objects: string;
  readonly shard: Shard;
  /** Sequence number of the next edition; by default one that is higher than any before. */
  readonly sequence?: number | undefined;
  /** Bytes that the encoders of an object may take. */
  readonly memoryLimit: number;
  readonly pack: Pack;
  /** Unix time in milliseconds. */
  now(): number;
  readonly onEvent: OnUplinkEvent;
  onPacking(bundle: string, done: number, total: number): void;
}

/** The content changed while it was packed: to be tried again when it has settled. */
export class ContentChangedError extends EncodeError {}

/** Changes with everything that an edition is made of. */
export function contentKey({ path, level }: ChannelBundle, { digest }: Fingerprint): string {
  return createHash('sha256')
    .update(JSON.stringify([path, level, digest]))
    .digest('hex');
}

/**
 * Packs a bundle, unless the latest edition holds the same content already. The state knows the edition and its object is
 * there when this returns.
 *
 * @param taken TOIs of other bundles on the air
 * @throws EncodeError, BundleError or an error of the operating system
 */
export async function prepareObject(
  bundle: ChannelBundle,
  taken: ReadonlySet<number>,
  options: PrepareOptions,
): Promise<BundleRecord> {
  const { state, objects, sequence: wanted } = options;
  const known = state.get(bundle.name);
  const before = await fingerprint(bundle.path);
  const key = contentKey(bundle, before);
  const isLatest = known !== undefined && known.sequence >= state.sequenceElsewhere(bundle.name);
  const isWanted = isLatest && (wanted === undefined || wanted === known.sequence);
  if (isWanted && known.fingerprint === key) {
    if (await isIntact(objectPath(objects, bundle.name, known.sequence), known)) return known;
    // Packing again gives the same object unless the compressor is another one.
    const again = await packAs(known.sequence);
    if (toHex(again.sha256) === known.sha256) return known;
  }
  const sequence = nextSequence(bundle.name, before, taken, options);
  const object = await packAs(sequence);
  if (isWanted && toHex(object.sha256) === known.sha256) {
    // Times have changed, but not a byte: the edition stays what it is.
    await rm(objectPath(objects, bundle.name, sequence));
    const same = { ...state.get(bundle.name)!, fingerprint: key };
    await state.set(bundle.name, same);
    if (await isIntact(objectPath(objects, bundle.name, known.sequence), known)) return same;
    await packAs(known.sequence);
    return same;
  }
  const { sha256, ...rest } = object;
  const record = { sequence, turn: 0, fingerprint: key, ...rest, sha256: toHex(sha256) };
  await state.set(bundle.name, record);
  return record;

  async function packAs(sequence: number): Promise<PackedObject> {
    const out = objectPath(objects, bundle.name, sequence);
    await mkdir(objects, { recursive: true, mode: 0o700 });
    await rm(out, { force: true });
    options.onEvent({ type: 'packing', bundle: bundle.name, sequence });
    const { name, path, level } = bundle;
    const job = { name, path, level, sequence, out, publisher: options.keys.publisher };
    try {
      const packed = await options.pack(job, (done, total) => options.onPacking(name, done, total));
      if ((await fingerprint(bundle.path)).digest !== before.digest) {
        throw new ContentChangedError(`${bundle.path} was changed while it was packed.`);
      }
      return packed;
    } catch (error) {
      // On a full disk half an object takes the place that the state needs.
      await rm(out, { force: true });
      throw error;
    }
  }
}

/**
 * Higher than the last one of the bundle, and at least the time in seconds. Uplinks that share a channel take the time
 * of the latest change of the content instead, so that all of them give an edition the same number.
 */
function nextSequence(
  name: string,
  { newest }: Fingerprint,
  taken: ReadonlySet<number>,
  { sequence, shard, now, state }: PrepareOptions,
): number {
  const last = state.get(name)?.sequence ?? 0;
  const elsewhere = state.sequenceElsewhere(name);
  if (sequence !== undefined) {
    const highest = Math.max(last, elsewhere - 1);
    if (sequence <= highest) {
      throw new EncodeError(
        `Sequence number ${sequence} is not higher than ${highest}, which other content was sent with. Give a higher one.`,
      );
    }
    return sequence;
  }
  const time = Math.floor((shard.count > 1 ? newest : now()) / 1000);
  // Other shards have their own state: only what is the same on all machines may be reckoned with.
  let next = Math.max(time, last + 1, shard.count > 1 ? 0 : elsewhere + 1);
  if (next < elsewhere) {
    throw new EncodeError(
      `The latest change of the content gives it sequence number ${next}, and ${elsewhere} was sent with other --shard ` +
        'settings already: receivers would not take it. Touch a file of the content, and copy it with its times to all uplinks.',
    );
  }
  while (taken.has(toiOf(next))) next++;
  return next;
}

/** Makes an edition ready to be sent; it goes on after what was sent of it before. */
export async function prepareFlow(
  bundle: ChannelBundle,
  record: BundleRecord,
  { keys, schemes, session, state, objects, shard, memoryLimit }: PrepareOptions,
): Promise<FlowSetup> {
  const { name, weight, rules, repair } = bundle;
  const { sequence, turn } = record;
  const { notAfter } = keys.certificate;
  const edition = createEdition({
    name,
    sequence,
    session,
    schemes,
    keys,
    repair,
    object: { ...record, sha256: fromHex(record.sha256) },
    instanceId: await state.nextInstance(),
    expires: Math.min(notAfter, Math.ceil((rules.expires ?? Number.POSITIVE_INFINITY) / 1000)),
  });
  const path = objectPath(objects, name, sequence);
  const handle = await open(path, 'r');
  const maker = createSymbolMaker(symbolSource(edition, { descriptor: handle.fd, path }), shard, memoryLimit);
  const { blocks, repair: counts, parameters } = edition.coding;
  const { symbolSize } = parameters;
  const carousel = createCarousel({ blocks, repair: counts, symbolSize, maker, firstTurn: turn });
  // Others are on the air meanwhile.
  while (carousel.makeReady()) await setImmediate();
  return {
    edition,
    carousel,
    rules,
    weight,
    reserve: async (next) => {
      if (state.get(name)?.sequence === sequence) await state.reserve(name, next);
    },
    async release() {
      carousel.free();
      edition.table.free();
      await handle.close();
      // What was reserved and not used is there for the next run.
      if (state.get(name)?.sequence === sequence) await state.reserve(name, carousel.nextFreshTurn);
    },
  };
}

/** The name is hashed: any character may be in it. */
function objectPath(objects: string, name: string, sequence: number): string {
  return join(objects, `${createHash('sha256').update(name).digest('hex').slice(0, 16)}-${sequence}.tar.zst`);
}

async function isIntact(path: string, { sha256, length }: BundleRecord): Promise<boolean> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  return bytes === length && hash.digest('hex') === sha256;
}

/** Removes transfer objects that no bundle of the channel needs any more; those on the air are open. */
export async function sweep(objects: string, names: readonly string[], state: StateStore): Promise<void> {
  const needed = new Set(names.map((name) => objectPath(objects, name, state.get(name)?.sequence ?? 0)));
  for (const file of await readdir(objects).catch(() => [])) {
    const path = join(objects, file);
    if (file.endsWith('.tar.zst') && !needed.has(path)) await rm(path, { force: true });
  }
}
