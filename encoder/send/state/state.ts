import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { openRecord, readRecord } from '../../../codecs/node/record-file.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = z.int().min(0);

/** A part that is in the directory of the objects. */
const packedPart = z.object({
  /** Names the state of the files that it was made of. */
  key: z.string(),
  sha256: digest,
  /** Bytes. */
  length: bytes,
});

const edition = z.object({
  /** A later edition has a higher number. */
  sequence: z.int().min(1),
  /** The index as it is sent, with the text of the publisher's minisign signature file. */
  index: z.object({ sha256: digest, length: bytes, signature: z.string() }),
  /** In the order in which they matter. */
  parts: z.array(packedPart),
});

const bundleRecord = z.object({
  /** The latest edition. */
  edition: edition.optional(),
  /** Parts that were packed for the next one. */
  packed: z.array(packedPart),
});

const VERSION = 1;
const REMEDY =
  'remove it when the clock of this machine has always been right: without it sequence numbers could go back';
/** `uplink.json`, and one for each shard. */
const STATE_FILE = /^uplink(?:-\d+-of-\d+)?\.json$/;
/** Objects that are no longer needed are remembered, so many of them: content may come back as it was. */
const REMEMBERED_OBJECTS = 500;

const stateFile = z.object({
  version: z.literal(VERSION),
  /** By name: pairs, as a name may be any text, `__proto__` too. */
  bundles: z.array(z.tuple([z.string(), bundleRecord])),
  /** By SHA-256: of each block the turns below this one may have been sent. */
  turns: z.array(z.tuple([digest, z.int().min(0)])),
});

export type PackedPartRecord = z.infer<typeof packedPart>;
export type EditionRecord = z.infer<typeof edition>;
/** What an uplink must not forget of a bundle. */
export type BundleRecord = z.infer<typeof bundleRecord>;

/** What an uplink must not forget, on disk. */
export interface StateStore {
  get(name: string): BundleRecord | undefined;
  names(): string[];
  /** The highest sequence number that other uplinks with state in the directory had sent a bundle with; 0: none. */
  sequenceElsewhere(name: string): number;
  /** Fulfilled when the record is on the disk. @throws RangeError when its sequence number would go back */
  set(name: string, record: BundleRecord): Promise<void>;
  /** Turns below this one of the object may have been sent. */
  turn(sha256: string): number;
  /** Notes how far objects may be sent. Fulfilled when it is on the disk. */
  reserve(turns: ReadonlyMap<string, number>): Promise<void>;
  /** SHA-256 of all objects that some bundles need. */
  needed(isWanted: (name: string) => boolean): Set<string>;
}

/**
 * Opens the state in a directory, which is made if it does not exist. Each change replaces the file as a whole, so that
 * it is there in its old or in its new form whatever happens.
 *
 * @param file name of the state file in the directory
 * @throws CliError when the file is damaged or of another version, or an error of the operating system
 */
export async function openState(directory: string, file: string): Promise<StateStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const record = await openRecord(join(directory, file), stateFile, REMEDY);
  const bundles = new Map(record.earlier?.bundles);
  const turns = new Map(record.earlier?.turns);
  const elsewhere = await readOthers(directory, file);

  function needed(isWanted: (name: string) => boolean): Set<string> {
    const digests = new Set<string>();
    for (const [name, { edition, packed }] of bundles) {
      if (!isWanted(name)) continue;
      if (edition !== undefined) digests.add(edition.index.sha256);
      for (const { sha256 } of [...(edition?.parts ?? []), ...packed]) digests.add(sha256);
    }
    return digests;
  }

  function save(): Promise<void> {
    return record.save({ version: VERSION, bundles: [...bundles], turns: [...turns] });
  }

  /** The objects that were not needed for longest are forgotten. */
  function forget(): void {
    const digests = needed(() => true);
    let more = [...turns.keys()].filter((sha256) => !digests.has(sha256)).length - REMEMBERED_OBJECTS;
    for (const sha256 of turns.keys()) {
      if (more <= 0) break;
      if (digests.has(sha256)) continue;
      turns.delete(sha256);
      more--;
    }
  }

  return {
    get: (name) => bundles.get(name),
    names: () => [...bundles.keys()],
    sequenceElsewhere: (name) => elsewhere.get(name) ?? 0,
    set(name, bundle) {
      const earlier = bundles.get(name)?.edition?.sequence ?? 0;
      const { sequence = 0 } = bundle.edition ?? {};
      if (sequence < earlier) {
        throw new RangeError(`Sequence number ${sequence} of ${name} would go back from ${earlier}.`);
      }
      bundles.set(name, bundle);
      forget();
      return save();
    },
    turn: (sha256) => turns.get(sha256) ?? 0,
    reserve(reserved) {
      for (const [sha256, turn] of reserved) {
        turns.delete(sha256);
        turns.set(sha256, turn);
      }
      return save();
    },
    needed,
  };
}

/** The highest sequence number of each bundle in other state files of the directory. */
async function readOthers(directory: string, file: string): Promise<Map<string, number>> {
  const highest = new Map<string, number>();
  for (const name of await readdir(directory)) {
    if (name === file || !STATE_FILE.test(name)) continue;
    const others = await readRecord(join(directory, name), stateFile, REMEDY);
    for (const [bundle, { edition }] of others?.bundles ?? []) {
      highest.set(bundle, Math.max(edition?.sequence ?? 0, highest.get(bundle) ?? 0));
    }
  }
  return highest;
}
