import { statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { toHex } from '../../../codecs/bytes.js';
import { cutTree, type EditionIndex, type IndexPart, type PartCut } from '../../../codecs/edition/index.js';
import type { SecretKey } from '../../../codecs/minisign/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { writeLater } from '../../../codecs/node/open-file.js';
import type { Selection } from '../../content/exclusion.js';
import { firstOf } from '../../content/first-files.js';
import { packParts } from '../../content/pack-parts.js';
import { signEdition } from '../../content/signed-index.js';
import { type Content, type LeftOut, type SourceFile, walk } from '../../content/walk.js';
import { ContentChangedError } from './content-changed.js';
import { cutKey } from './cut-key.js';
import { createObject, isIntact, isThere, objectPath, type UnfinishedObject } from './object-directory.js';

/** A part that was packed before. */
export interface KnownPart {
  readonly sha256: string;
  /** Bytes. */
  readonly length: number;
  /** Its bytes were compared with its digest in this run already. */
  readonly isVerified: boolean;
}

/** What is to be packed. */
export interface PackJob extends Selection {
  /** What receivers call the bundle. */
  readonly name: string;
  /** Directory or file. */
  readonly path: string;
  /** Level of zstd, 1..22. */
  readonly level: number;
  /** Patterns of the files that a reader opens first. */
  readonly first?: readonly string[] | undefined;
  /** Directory of the objects. */
  readonly objects: string;
  /** By the key of their cut. */
  readonly known: ReadonlyMap<string, KnownPart>;
}

/** A part as the index lists it, and the key of its cut. */
export interface CachedPart extends IndexPart {
  readonly key: string;
}

/** Hears how packing goes on. */
export interface PackListener {
  /** @param keys of the cuts of all parts, of which `toPack` are not there yet */
  onCut(keys: readonly string[], toPack: number, leftOut: LeftOut): void;
  /** A part is in the directory of the objects: those that were there come first. */
  onPart(part: CachedPart): void;
  /** Bytes of the files that are packed. */
  onProgress(done: number, total: number): void;
}

/** What is to be signed. */
export interface SignJob extends Omit<EditionIndex, 'nextKey'> {
  readonly nextKey?: string | undefined;
  readonly publisher: SecretKey;
  /** Directory of the objects. */
  readonly objects: string;
}

/** An index that is in the directory of the objects. */
export interface CachedIndex {
  /** SHA-256 of the publisher's key that follows, as the index says. */
  readonly nextKey?: string;
  readonly sha256: string;
  /** Bytes. */
  readonly length: number;
  /** Text of the minisign signature file. */
  readonly signature: string;
}

/** Makes the objects of editions, in this thread or another one. */
export interface Packer {
  /**
   * Packs the parts of a bundle that are not there yet.
   *
   * @returns all parts in the order in which they matter
   * @throws EncodeError, EditionError, ContentChangedError or an error of the operating system
   */
  pack(job: PackJob, listener: PackListener): Promise<CachedPart[]>;
  /** Makes and signs an index. @throws EditionError, MinisignError or an error of the operating system */
  sign(job: SignJob): Promise<CachedIndex>;
}

/** Packs in this thread. @param interrupted the work fails with its reason */
export function packHere(interrupted?: AbortSignal): Packer {
  return {
    pack: async (job, listener) => (await packStage('all', job, listener, interrupted))!,
    sign,
  };
}

/** What is packed: front and text, or whatever is missing. */
export type PackStage = 'text' | 'all';

/** As `Packer.pack`, but for what is not of the stage. @returns undefined when something of that is missing */
export async function packStage(
  stage: PackStage,
  job: PackJob,
  listener: PackListener,
  interrupted: AbortSignal | undefined,
): Promise<CachedPart[] | undefined> {
  const { keyed, disk, leftOut } = await cutContent(stage, job);
  const done = new Map<KeyedCut, CachedPart>();
  const report = (keyed: KeyedCut, sha256: string, bytes: number) => {
    const { class: partClass, label, unpacked } = keyed.cut;
    const part = { sha256, bytes, unpacked, files: keyed.files, label, class: partClass };
    done.set(keyed, { ...part, key: keyed.key });
    listener.onPart(done.get(keyed)!);
  };
  const there = new Map<KeyedCut, KnownPart>();
  for (const each of keyed) {
    const known = job.known.get(each.key);
    if (known && (await isThere(objectPath(job.objects, 'part', known.sha256), known.length))) {
      there.set(each, known);
    }
  }
  listener.onCut(
    keyed.map(({ key }) => key),
    keyed.length - there.size,
    leftOut,
  );
  for (const [each, { sha256, length, isVerified }] of there) {
    interrupted?.throwIfAborted();
    const isSound = isVerified || (await isIntact(objectPath(job.objects, 'part', sha256), sha256, length));
    if (isSound) report(each, sha256, length);
  }
  const missing = keyed.filter((each) => !done.has(each));
  const total = missing.reduce((sum, { cut }) => sum + cut.unpacked, 0);
  const onArchived = (bytes: number) => listener.onProgress(Math.min(bytes, total), total);
  const toPack = stage === 'all' ? missing : missing.filter(({ cut }) => isText(cut));
  await packMissing(toPack, disk, job, { onArchived, report, interrupted });
  return toPack.length === missing.length ? keyed.map((each) => done.get(each)!) : undefined;
}

/** What is of another stage has no files in memory. */
async function cutContent(stage: PackStage, job: PackJob) {
  const { path, first, level } = job;
  const { entries, leftOut, pathOf, read } = await walk(path, job);
  const keyed = cutTree(entries, { first: firstOf(first) }).map((cut): KeyedCut => {
    const isOfStage = stage === 'all' || isText(cut);
    const key = cutKey(path, cut, level);
    return { key, files: cut.files.length, cut: isOfStage ? cut : { ...cut, files: [] } };
  });
  return { keyed, disk: { pathOf, read }, leftOut };
}

const isText = ({ class: partClass }: PartCut) => partClass === 'front' || partClass === 'text';

async function sign({ publisher, objects, ...edition }: SignJob): Promise<CachedIndex> {
  const { object, sha256, signature } = await signEdition(nodeCrypto, publisher, edition);
  const unfinished = await createObject(objects);
  try {
    await writeLater(unfinished.file, object, 0);
    await unfinished.finish('index', toHex(sha256));
  } catch (error) {
    await unfinished.discard();
    throw error;
  }
  const { nextKey } = edition;
  const index = { sha256: toHex(sha256), length: object.length, signature };
  return nextKey === undefined ? index : { ...index, nextKey };
}

/** Where files stand, and how they are read. */
type Disk = Pick<Content, 'pathOf' | 'read'>;

interface KeyedCut {
  readonly cut: PartCut<SourceFile>;
  readonly key: string;
  /** Number of its files. */
  readonly files: number;
}

interface PackingOptions {
  /** Called with the bytes of the archives read so far. */
  onArchived(bytes: number): void;
  report(keyed: KeyedCut, sha256: string, bytes: number): void;
  readonly interrupted: AbortSignal | undefined;
}

async function packMissing(
  toPack: readonly KeyedCut[],
  disk: Disk,
  { level, objects }: PackJob,
  { onArchived, report, interrupted }: PackingOptions,
): Promise<void> {
  const waiting = [...toPack];
  let unfinished: UnfinishedObject | undefined;
  try {
    await packParts(
      toPack.map(({ cut }) => cut),
      {
        level,
        read: disk.read,
        // another thread would take memory of its own, and reading is quick beside compressing
        threads: 0,
        interrupted,
        onArchived,
        async openTarget() {
          unfinished = await createObject(objects);
          return { file: unfinished.file, position: 0 };
        },
        async onPacked({ sha256, length }) {
          const packed = waiting.shift()!;
          requireUnchanged(packed.cut, disk);
          await unfinished!.finish('part', toHex(sha256));
          unfinished = undefined;
          report(packed, toHex(sha256), length);
          // What was reported leaves this thread.
          await setImmediate();
        },
      },
    );
  } catch (error) {
    // On a full disk half an object takes the place that the state needs.
    await unfinished?.discard();
    throw error;
  }
}

/** A part goes on the air at once: nothing may be in it that is half written. @throws ContentChangedError */
function requireUnchanged({ files }: PartCut<SourceFile>, { pathOf }: Disk): void {
  for (const file of files) {
    const found = statSync(pathOf(file), { throwIfNoEntry: false });
    if (found?.size === file.size && found.mtimeMs === file.mtimeMs) continue;
    throw new ContentChangedError(`${pathOf(file)} was changed while it was packed.`);
  }
}
