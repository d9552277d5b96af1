import { join } from 'node:path';
import { z } from 'zod';
import { openRecord } from '../../codecs/node/record-file.js';
import type { Edition } from '../engine/ports/events.js';
import { type EditionDirectories, openEditionDirectories, WORK_DIRECTORY } from './edition-directories.js';
import { createUniquePaths, safeName } from './file-name.js';

const editionsFile = z.object({
  version: z.literal(1),
  bundles: z.array(
    z.object({
      publisher: z.string(),
      name: z.string(),
      /** Directory of the bundle, in the output directory. */
      path: z.string(),
      /** Of the edition that stands there; null as long as there is none. */
      sequence: z.int().min(0).nullable(),
    }),
  ),
});
type Bundle = z.infer<typeof editionsFile>['bundles'][number];

/** The output directory, with what stands in it: a bundle keeps its directory, and nothing of somebody else's is replaced. */
export interface OutputDirectory {
  readonly directory: string;
  /** True when this edition or a newer one stands there. */
  holds(edition: Pick<Edition, 'publisher' | 'name' | 'sequence'>): boolean;
  /** Unpacks an edition and puts it in the place of the one before it; the name of its directory. */
  put(edition: Edition, unpack: (directory: string) => Promise<void>): Promise<string>;
  close(): Promise<void>;
}

/** @throws ReceiveError when its record is damaged or another process writes there, or an error of the operating system */
export async function openOutputDirectory(directory: string): Promise<OutputDirectory> {
  const directories = await openEditionDirectories(directory);
  try {
    return await outputDirectoryAt(directories);
  } catch (error) {
    await directories.close();
    throw error;
  }
}

async function outputDirectoryAt(directories: EditionDirectories): Promise<OutputDirectory> {
  const { directory } = directories;
  const path = join(directory, WORK_DIRECTORY, 'editions.json');
  const file = await openRecord(
    path,
    editionsFile,
    'remove it and bundles are written beside those that stand there',
  );
  const bundles = new Map<string, Bundle>();
  for (const bundle of file.earlier?.bundles ?? []) bundles.set(keyOf(bundle), bundle);
  const save = () => file.save({ version: 1, bundles: [...bundles.values()] });

  async function claim(edition: Edition): Promise<Bundle> {
    const known = bundles.get(keyOf(edition));
    if (known !== undefined) return known;
    const { publisher, name } = edition;
    const bundle = { publisher, name, path: await freePath(name), sequence: null };
    bundles.set(keyOf(edition), bundle);
    await save();
    return bundle;
  }

  /** A name that nothing in the directory has, nor a bundle that is not written yet. */
  async function freePath(name: string): Promise<string> {
    const taken = new Set([...(await directories.names()), ...[...bundles.values()].map(({ path }) => path)]);
    const unique = createUniquePaths();
    for (const path of taken) unique(path);
    return unique(safeName(name) || 'bundle');
  }

  return {
    directory,
    close: directories.close,
    holds(edition) {
      const bundle = bundles.get(keyOf(edition));
      return (bundle?.sequence ?? -1) >= edition.sequence && directories.holds(bundle!.path);
    },
    async put(edition, unpack) {
      const bundle = await claim(edition);
      const prepared = await directories.prepare(bundle.path);
      try {
        await unpack(prepared);
      } catch (error) {
        await directories.discard(bundle.path);
        throw error;
      }
      await directories.commit(bundle.path);
      bundle.sequence = edition.sequence;
      await save();
      return bundle.path;
    },
  };
}

function keyOf({ publisher, name }: Pick<Edition, 'publisher' | 'name'>): string {
  return `${publisher} ${name}`;
}
