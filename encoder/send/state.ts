import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { utf8Encode } from '../../codecs/bytes.js';
import { writeAtomically } from '../atomic-file.js';
import { EncodeError } from '../error.js';
import { writeAt } from '../file.js';

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
 * @throws EncodeError when the file is damaged, or an error of the operating system
 */
export async function openState(directory: string, file: string): Promise<StateStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, file);
  const state = await readState(path);
  const bundles = new Map(state.bundles);
  const elsewhere = await readOthers(directory, file);
  let { instance } = state;
  let writing: Promise<void> | undefined;
  let following: Promise<void> | undefined;

  async function write(): Promise<void> {
    const text = JSON.stringify({ version: VERSION, instance, bundles: [...bundles] }, null, 2);
    await writeAtomically(path, async (open) => writeAt(open, utf8Encode(`${text}\n`), 0));
    await syncDirectory(directory);
  }

  /** Changes made while the file is being written go together into the next one. */
  function save(): Promise<void> {
    if (writing === undefined) {
      writing = write().finally(() => {
        writing = undefined;
      });
      return writing;
    }
    following ??= writing
      .catch(() => {})
      .then(() => {
        following = undefined;
        return save();
      });
    return following;
  }

  return {
    get: (name) => bundles.get(name),
    names: () => [...bundles.keys()],
    sequenceElsewhere: (name) => elsewhere.get(name) ?? 0,
    set(name, record) {
      const earlier = bundles.get(name);
      if (earlier !== undefined && record.sequence < earlier.sequence) {
        throw new RangeError(
          `Sequence number ${record.sequence} of ${name} would go back from ${earlier.sequence}.`,
        );
      }
      bundles.set(name, record);
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

async function readState(path: string): Promise<z.infer<typeof stateFile>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { version: VERSION, instance: 0, bundles: [] };
  }
  try {
    const content: unknown = JSON.parse(text);
    requireVersion(content, path);
    return stateFile.parse(content);
  } catch (error) {
    if (error instanceof EncodeError) throw error;
    throw new EncodeError(
      `${path} is damaged: it is no state of "datacast send". Without it sequence numbers could go back; ` +
        'restore it, or remove it when the clock of this machine has always been right.',
    );
  }
}

/** The highest sequence number of each bundle in other state files of the directory. */
async function readOthers(directory: string, file: string): Promise<Map<string, number>> {
  const highest = new Map<string, number>();
  for (const name of await readdir(directory)) {
    if (name === file || !STATE_FILE.test(name)) continue;
    for (const [bundle, { sequence }] of (await readState(join(directory, name))).bundles) {
      highest.set(bundle, Math.max(sequence, highest.get(bundle) ?? 0));
    }
  }
  return highest;
}

/** @throws EncodeError for the state of another version */
function requireVersion(content: unknown, path: string): void {
  const { success, data } = z.object({ version: z.int() }).safeParse(content);
  if (!success || data.version === VERSION) return;
  throw new EncodeError(
    `${path} has version ${data.version}, which another version of this program has written; this one reads version ` +
      `${VERSION}. Run that version.`,
  );
}

/** The new name of a file is on the disk only when its directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
