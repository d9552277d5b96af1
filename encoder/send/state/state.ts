import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { openRecord, readRecord } from '../../../codecs/node/record-file.js';

const bundleRecord = z.object({
  /** Of the latest edition; a later one has a higher number. */
  sequence: z.int().min(1),
  /** Turns below this one may have been sent. */
  turn: z.int().min(0),
  /** Names the state of the content that the edition was made of. */
  fingerprint: z.string(),
  /** Of the transfer object, hexadecimal. */
  sha256: z.string().regex(/^(?:[0-9a-f]{2})*$/),
  /** Bytes of the transfer object. */
  length: z.int().min(0),
  /** Bytes of the tar archive in it. */
  archiveLength: z.int().min(0),
  /** Text of the minisign signature file. */
  signature: z.string(),
});

const VERSION = 1;
const REMEDY =
  'remove it when the clock of this machine has always been right: without it sequence numbers could go back';
/** `uplink.json`, and one for each shard. */
const STATE_FILE = /^uplink(?:-\d+-of-\d+)?\.json$/;

/** FDT instance IDs have 20 bits. */
const INSTANCES = 2 ** 20;

const stateFile = z.object({
  version: z.literal(VERSION),
  /** FDT instance IDs below this one may have been used. */
  instance: z
    .int()
    .min(0)
    .max(INSTANCES - 1),
  /** By name: pairs, as a name may be any text, `__proto__` too. */
  bundles: z.array(z.tuple([z.string(), bundleRecord])),
});

/** What an uplink must not forget of a bundle. */
export type BundleRecord = z.infer<typeof bundleRecord>;

/** What an uplink must not forget, on disk. */
export interface StateStore {
  get(name: string): BundleRecord | undefined;
  names(): string[];
  /** The highest sequence number that other uplinks with state in the directory had sent a bundle with; 0: none. */
  sequenceElsewhere(name: string): number;
  /** Fulfilled when the record is on the disk. */
  set(name: string, record: BundleRecord): Promise<void>;
  /** Notes that turns below `turn` of the latest edition may be sent. Fulfilled when it is on the disk. */
  reserve(name: string, turn: number): Promise<void>;
  /** An FDT instance ID that was not used before, 20 bits. */
  nextInstance(): Promise<number>;
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
  const elsewhere = await readOthers(directory, file);
  let instance = record.earlier?.instance ?? 0;
  const save = () => record.save({ version: VERSION, instance, bundles: [...bundles] });

  return {
    get: (name) => bundles.get(name),
    names: () => [...bundles.keys()],
    sequenceElsewhere: (name) => elsewhere.get(name) ?? 0,
    set(name, bundle) {
      const earlier = bundles.get(name);
      if (earlier !== undefined && bundle.sequence < earlier.sequence) {
        throw new RangeError(
          `Sequence number ${bundle.sequence} of ${name} would go back from ${earlier.sequence}.`,
        );
      }
      bundles.set(name, bundle);
      return save();
    },
    reserve(name, turn) {
      bundles.set(name, { ...bundles.get(name)!, turn });
      return save();
    },
    async nextInstance() {
      const next = instance;
      instance = (instance + 1) % INSTANCES;
      await save();
      return next;
    },
  };
}

/** The highest sequence number of each bundle in other state files of the directory. */
async function readOthers(directory: string, file: string): Promise<Map<string, number>> {
  const highest = new Map<string, number>();
  for (const name of await readdir(directory)) {
    if (name === file || !STATE_FILE.test(name)) continue;
    for (const [bundle, { sequence }] of (await readRecord(join(directory, name), stateFile, REMEDY))
      ?.bundles ?? []) {
      highest.set(bundle, Math.max(sequence, highest.get(bundle) ?? 0));
    }
  }
  return highest;
}
