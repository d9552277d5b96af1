import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { checkPath, EditionError } from '../../codecs/edition/index.js';
import { lockFile } from '../../codecs/node/lock/lock.js';
import { type OnDamage, openRecords } from '../../codecs/node/record-file.js';
import { createFrameMemory } from '../../codecs/zstd/index.js';
import type { KnownEdition, PartId } from '../engine/ports/events.js';
import { ReceiveError } from '../error.js';
import { publisherText } from '../state/publisher-text.js';
import {
  type BundleDirectory,
  openBundleDirectory,
  type PartWritten,
  type PutOptions,
} from './bundle/bundle-directory.js';
import { openEditionRecord } from './bundle/edition-record.js';
import { type BundleName, type BundleState, bundleState } from './bundle-state.js';
import { createUniquePaths } from './file-name.js';
import { bundlePath, MARK, type MarkedPlace, settleMark, type UntrustedBundle } from './trust-mark.js';

export type { PartWritten } from './bundle/bundle-directory.js';

/** Inside the output directory; no bundle is called so, since safe names do not begin with a dot. */
export const WORK_DIRECTORY = '.receiving';

/** What is known of a bundle. */
export const bundleRecord = z.object({
  publisher: publisherText,
  name: z.string(),
  /** Directory of the bundle, in the output directory. */
  path: z.string().refine(isDirectoryName),
});

export interface OutputOptions {
  /** An edition appears as a whole or not at all; otherwise part by part. */
  readonly whole: boolean;
  /** Bytes that the files of an edition may have together. */
  readonly maxSize: number;
  /**
   * Whose bundles are written: public keys, hexadecimal. What stands there of others is marked. Everybody's by default.
   */
  readonly isTrusted?: ((publisher: string) => boolean) | undefined;
  /** What is known of the bundles; in the output directory unless given. */
  readonly work?: string | undefined;
  /** No other bundle is taken than those that are known. */
  readonly only?: string | undefined;
  /** Told of a damaged record, or of a mark that cannot be taken away: what it stands for is received again. */
  readonly onDamage?: OnDamage | undefined;
}

/**
 * The output directory, with what stands in it: the newest edition of each bundle, in a directory of its own that it keeps
 * and that changes part by part. Whatever happens, a file is there in its old or in its new form.
 */
export interface OutputDirectory {
  readonly directory: string;
  /**
   * Makes an edition the newest of its bundle, unless one of its number or a later one is; then nothing changes.
   *
   * @param known verified
   * @returns what there is of the newest edition
   * @throws EditionError when it is larger than the limits
   */
  announce(known: KnownEdition): Promise<StandingBundle>;
  /** The newest editions, as they were announced. */
  known(): KnownEdition[];
  /** True when a part of a bundle stands there, or is kept until its edition is complete. */
  holds(bundle: BundleName, sha256: string): boolean;
  /** True when each bundle that has the part in its newest edition holds or has refused it; undefined when none has it. */
  isHeld(part: PartId): boolean | undefined;
  /**
   * Unpacks a part of the newest edition of a bundle and puts its files in their places; what the edition no longer has goes
   * when it is complete. One that fails may be put again, unless it was refused.
   *
   * @param object the part as it is sent, verified by its digest
   * @throws EditionError when the part is not what the index says or has what another part has: nothing of it is written,
   *   and that is remembered as long as the edition is the newest; what `object` throws; errors of the operating system
   */
  put(
    bundle: BundleName,
    sha256: string,
    object: AsyncIterable<Uint8Array>,
    options?: PutOptions,
  ): Promise<PartWritten>;
  /** What there is of the newest edition of a bundle; undefined as long as none was announced. */
  state(bundle: BundleName): StandingBundle | undefined;
  /** All of them. */
  bundles(): StandingBundle[];
  /** What stands there of publishers who are not trusted any more. */
  readonly untrusted: readonly UntrustedBundle[];
  /** To be called when nothing is being put any more. */
  close(): Promise<void>;
}

/** What there is of a bundle, and where. */
export interface StandingBundle extends BundleState {
  /** Its directory, in the output directory. */
  readonly path: string;
}

interface Bundle extends BundleName {
  /** Of its publisher alone, also while its directory is marked. */
  readonly path: string;
  readonly marked: MarkedPlace;
  readonly content: BundleDirectory;
}

/**
 * Makes the output directory if it does not exist. What a killed run had unpacked is put in its place now, and the rest of
 * it is removed.
 *
 * @throws ReceiveError when another process writes there, CliError when a later version has written a record, or an error of
 *   the operating system
 */
export async function openOutputDirectory(
  directory: string,
  options: OutputOptions,
): Promise<OutputDirectory> {
  const { work = join(directory, WORK_DIRECTORY) } = options;
  await mkdir(work, { recursive: true });
  const unlock = await lock(join(work, 'lock'), directory);
  try {
    return await outputDirectoryAt(directory, work, options, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function outputDirectoryAt(
  directory: string,
  work: string,
  { whole, maxSize, only, isTrusted = () => true, onDamage = () => {} }: OutputOptions,
  unlock: () => Promise<void>,
): Promise<OutputDirectory> {
  // where versions unpacked editions that were one object
  for (const name of ['unpacking', 'ready', 'replaced']) {
    await rm(join(work, name), { recursive: true, force: true });
  }
  const file = await openRecords(join(work, 'editions.json'), {
    shape: bundleRecord,
    loss: 'Without it a bundle is written beside the one that stands there.',
    onDamage,
  });
  const bundles = new Map<string, Bundle>();
  const memory = createFrameMemory();
  for (const bundle of file.earlier) await open(bundle);
  await findLost();
  let claiming: Promise<unknown> = Promise.resolve();

  async function open({ publisher, name, path }: z.infer<typeof bundleRecord>): Promise<Bundle> {
    const marked = await settleMark(directory, path, isTrusted(publisher));
    const places = { target: join(directory, marked.place), work: join(work, 'bundles', path) };
    const content = await openBundleDirectory({ ...places, whole, maxSize, memory, onDamage });
    const bundle = { publisher, name, path, marked, content };
    bundles.set(keyOf(bundle), bundle);
    return bundle;
  }

  /** Bundles whose record is damaged, as their editions name them. */
  async function findLost(): Promise<void> {
    const known = new Set([...bundles.values()].map(({ path }) => path));
    for (const path of await readdir(join(work, 'bundles')).catch(() => [])) {
      if (known.has(path) || !isDirectoryName(path)) continue;
      const record = join(work, 'bundles', path, 'edition.json');
      const { publisher, index } = await openEditionRecord(record, onDamage);
      if (publisher === undefined || index === undefined) continue;
      const bundle = { publisher, name: index.name, path };
      if (!bundles.has(keyOf(bundle))) await open(bundle);
    }
  }

  async function claim(name: BundleName): Promise<Bundle> {
    const known = bundles.get(keyOf(name));
    if (known !== undefined) return known;
    if (only !== undefined) {
      throw new EditionError(
        `The directory ${only} is of another bundle: give a directory of its own with --out.`,
      );
    }
    const bundle = { publisher: name.publisher, name: name.name, path: await freePath(name.name) };
    const saved = [...bundles.values(), bundle].map(({ publisher, name, path }) => ({
      publisher,
      name,
      path,
    }));
    // somebody may have emptied the output directory meanwhile
    await mkdir(work, { recursive: true });
    await file.save(saved);
    return open(bundle);
  }

  /** A name that nothing in the directory has, nor a bundle that is not written yet. */
  async function freePath(name: string): Promise<string> {
    const standing = await readdir(directory);
    // a mark is not taken away from what is of somebody else
    const marked = standing.filter((path) => path.endsWith(MARK)).map((path) => path.slice(0, -MARK.length));
    const taken = new Set([...standing, ...marked, ...[...bundles.values()].map(({ path }) => path)]);
    const unique = createUniquePaths();
    for (const path of taken) unique(path);
    return unique(bundlePath(name));
  }

  async function findUntrusted(): Promise<UntrustedBundle[]> {
    const standing = new Set(await readdir(directory));
    return [...bundles.values()]
      .filter(({ publisher, marked }) => !isTrusted(publisher) && standing.has(marked.place))
      .map(({ publisher, path, marked }) => ({ publisher, path, ...marked }));
  }

  function stateOf({ publisher, marked, content }: Bundle): StandingBundle | undefined {
    const { index, refused } = content.newest;
    if (index === undefined) return undefined;
    return {
      ...bundleState(publisher, index, { holds: content.holds, refused, whole }),
      path: marked.place,
    };
  }

  return {
    directory,
    untrusted: await findUntrusted(),
    async announce(known) {
      const { publisher, name } = known.edition;
      const claimed = claiming.then(() => claim({ publisher, name }));
      claiming = claimed.catch(() => {});
      const bundle = await claimed;
      await bundle.content.announce(known);
      return stateOf(bundle)!;
    },
    known: () => [...bundles.values()].flatMap((bundle) => knownOf(bundle) ?? []),
    holds: (bundle, sha256) => bundles.get(keyOf(bundle))?.content.holds(sha256) ?? false,
    isHeld({ publisher, sha256 }) {
      const listing = [...bundles.values()].filter(
        (bundle) => bundle.publisher === publisher && bundle.content.lists(sha256),
      );
      const isDone = ({ content }: Bundle) => content.holds(sha256) || content.newest.refused.has(sha256);
      return listing.length === 0 ? undefined : listing.every(isDone);
    },
    async put(bundle, sha256, object, putOptions = {}) {
      const known = bundles.get(keyOf(bundle));
      if (known === undefined) throw new RangeError(`No edition of ${bundle.name} was announced.`);
      return known.content.put(sha256, object, putOptions);
    },
    state(bundle) {
      const known = bundles.get(keyOf(bundle));
      return known === undefined ? undefined : stateOf(known);
    },
    bundles: () => [...bundles.values()].flatMap((bundle) => stateOf(bundle) ?? []),
    close: unlock,
  };
}

function knownOf({ publisher, content: { newest } }: Bundle): KnownEdition | undefined {
  const { index, signed } = newest;
  if (index === undefined || signed === undefined) return undefined;
  const { name, sequence } = index;
  return { edition: { publisher, name, sequence, ...signed }, index };
}

function keyOf({ publisher, name }: BundleName): string {
  return `${publisher} ${name}`;
}

export function isDirectoryName(path: string): boolean {
  try {
    checkPath(path);
    return !path.includes('/');
  } catch {
    return false;
  }
}

async function lock(path: string, directory: string): Promise<() => Promise<void>> {
  const locked = await lockFile(path);
  if (typeof locked === 'function') return locked;
  throw new ReceiveError(
    `Another process (${locked.holder}) writes to ${directory}: give each receiver its own --out. ` +
      `If that process is something else, remove ${locked.path}.`,
  );
}
