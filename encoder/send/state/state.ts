import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type OnDamage, openRecords, readRecords } from '../../../codecs/node/record-file.js';

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
  index: z.object({
    sha256: digest,
    length: bytes,
    signature: z.string(),
    /** SHA-256 of the publisher's key that follows, as the index says. */
    nextKey: digest.exactOptional(),
  }),
  /** In the order in which they matter. */
  parts: z.array(packedPart),
});

const bundleRecord = z.object({
  /** The latest edition. */
  edition: edition.optional(),
  /** Parts that were packed for the next one. */
  packed: z.array(packedPart),
});

const endOfStream = z.object({
  /** Messages sent, modulo 2^32. */
  messages: z.int().min(0),
  /** The last continuity counter by PID. */
  continuity: z.record(z.string().regex(/^\d{1,4}$/), z.int().min(0).max(15)),
});

const LOSS =
  'A bundle whose record is lost is packed again, of an object some symbols may be sent once more, and where no sequence number ' +
  'is left the next one follows from the clock.';
/** `uplink.json`, and one for each shard. */
const STATE_FILE = /^uplink(?:-\d+-of-\d+)?\.json$/;
/** Objects that are no longer needed are remembered, so many of them: content may come back as it was. */
const REMEMBERED_OBJECTS = 500;

const stateRecord = z.union([
  bundleRecord.extend({ bundle: z.string() }),
  /** Of a bundle, once more: what must not go back does not hang on one record. */
  z.object({ sequenceOf: z.string(), sequence: z.int().min(1) }),
  /** Of each block of an object the turns below this one may have been sent. */
  z.object({ object: digest, turn: z.int().min(0) }),
  /** How the last transport stream has ended; not of one that was killed. */
  z.object({ endOfStream }),
]);
type StateRecord = z.infer<typeof stateRecord>;

export type PackedPartRecord = z.infer<typeof packedPart>;
export type EditionRecord = z.infer<typeof edition>;
/** What an uplink must not forget of a bundle. */
export type BundleRecord = z.infer<typeof bundleRecord>;

export type EndOfStreamRecord = z.infer<typeof endOfStream>;

/** What an uplink must not forget, on disk. */
export interface StateStore {
  get(name: string): BundleRecord | undefined;
  names(): string[];
  /** The highest sequence number that others with state in the directory, or a lost record, had sent a bundle with; 0: none. */
  sequenceElsewhere(name: string): number;
  /** Fulfilled when the record is on the disk. @throws RangeError when its sequence number would go back */
  set(name: string, record: BundleRecord): Promise<void>;
  /** Turns below this one of the object may have been sent. */
  turn(sha256: string): number;
  /** Notes how far objects may be sent. Fulfilled when it is on the disk. */
  reserve(turns: ReadonlyMap<string, number>): Promise<void>;
  readonly endOfStream: EndOfStreamRecord | undefined;
  /** Fulfilled when it is on the disk. */
  setEndOfStream(end: EndOfStreamRecord): Promise<void>;
  /** SHA-256 of all objects that some bundles need. */
  needed(isWanted: (name: string) => boolean): Set<string>;
}

/**
 * Opens the state in a directory, which is made if it does not exist. Each change replaces the file as a whole, so that
 * it is there in its old or in its new form whatever happens.
 *
 * @param file name of the state file in the directory
 * @param onDamage told of records that are lost
 * @throws CliError when a later version has written the file, or an error of the operating system
 */
export async function openState(
  directory: string,
  file: string,
  onDamage: OnDamage = () => {},
): Promise<StateStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const record = await openRecords(join(directory, file), { shape: stateRecord, loss: LOSS, onDamage });
  const bundles = new Map<string, BundleRecord>();
  const turns = new Map<string, number>();
  const sequences = new Map<string, number>();
  let streamEnd: EndOfStreamRecord | undefined;
  for (const each of record.earlier) {
    if ('object' in each) turns.set(each.object, each.turn);
    else if ('endOfStream' in each) streamEnd = each.endOfStream;
    else if ('sequence' in each) sequences.set(each.sequenceOf, each.sequence);
    else {
      const { bundle, ...rest } = each;
      bundles.set(bundle, rest);
    }
  }
  const elsewhere = await readOthers(directory, file, onDamage);
  for (const [name, sequence] of sequences) {
    if (sequence > (bundles.get(name)?.edition?.sequence ?? 0)) raise(elsewhere, name, sequence);
  }

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
    const records: StateRecord[] = [...bundles].map(([bundle, rest]) => ({ bundle, ...rest }));
    for (const [name, { edition }] of bundles) {
      if (edition !== undefined) raise(sequences, name, edition.sequence);
    }
    for (const [sequenceOf, sequence] of sequences) records.push({ sequenceOf, sequence });
    for (const [object, turn] of turns) records.push({ object, turn });
    if (streamEnd !== undefined) records.push({ endOfStream: streamEnd });
    return record.save(records);
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
      const known = bundles.get(name);
      const earlier = known?.edition?.sequence ?? 0;
      const { sequence = 0 } = bundle.edition ?? {};
      if (sequence < earlier) {
        throw new RangeError(`Sequence number ${sequence} of ${name} would go back from ${earlier}.`);
      }
      bundles.set(name, bundle);
      forget();
      return save().catch((error) => {
        // what the disk does not know counts as unknown
        if (bundles.get(name) === bundle) {
          if (known === undefined) bundles.delete(name);
          else bundles.set(name, known);
        }
        throw error;
      });
    },
    turn: (sha256) => turns.get(sha256) ?? 0,
    reserve(reserved) {
      for (const [sha256, turn] of reserved) {
        turns.delete(sha256);
        turns.set(sha256, turn);
      }
      return save();
    },
    get endOfStream() {
      return streamEnd;
    },
    setEndOfStream(end) {
      streamEnd = end;
      return save();
    },
    needed,
  };
}

/** The highest sequence number of each bundle in other state files of the directory. */
async function readOthers(directory: string, file: string, onDamage: OnDamage): Promise<Map<string, number>> {
  const highest = new Map<string, number>();
  for (const name of await readdir(directory)) {
    if (name === file || !STATE_FILE.test(name)) continue;
    const others = await readRecords(join(directory, name), { shape: stateRecord, loss: LOSS, onDamage });
    for (const each of others ?? []) if ('sequence' in each) raise(highest, each.sequenceOf, each.sequence);
  }
  return highest;
}

function raise(sequences: Map<string, number>, name: string, sequence: number): void {
  sequences.set(name, Math.max(sequence, sequences.get(name) ?? 0));
}
