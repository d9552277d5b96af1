import { join } from 'node:path';
import { z } from 'zod';
import { createUniquePaths, safeName } from '../file-name.js';
import type { Edition } from '../index.js';
import { openPlace, type Place, WORKSHOP } from './place.js';
import { openRecord } from './record.js';

const shelfFile = z.object({
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
type Bundle = z.infer<typeof shelfFile>['bundles'][number];

/** The output directory, with what stands in it: a bundle keeps its directory, and nothing of somebody else's is replaced. */
export interface Shelf {
  readonly directory: string;
  /** True when this edition or a newer one stands there. */
  holds(edition: Pick<Edition, 'publisher' | 'name' | 'sequence'>): boolean;
  /** Unpacks an edition and puts it in the place of the one before it; the name of its directory. */
  put(edition: Edition, unpack: (directory: string) => Promise<void>): Promise<string>;
  close(): Promise<void>;
}

/** @throws ReceiveError when its record is damaged or another process writes there, or an error of the operating system */
export async function openShelf(directory: string): Promise<Shelf> {
  const place = await openPlace(directory);
  try {
    return await shelfAt(place);
  } catch (error) {
    await place.close();
    throw error;
  }
}

async function shelfAt(place: Place): Promise<Shelf> {
  const { directory } = place;
  const path = join(directory, WORKSHOP, 'editions.json');
  const file = await openRecord(path, shelfFile, 'bundles are written beside those that stand there');
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
    const taken = new Set([...(await place.names()), ...[...bundles.values()].map(({ path }) => path)]);
    const unique = createUniquePaths();
    for (const path of taken) unique(path);
    return unique(safeName(name) || 'bundle');
  }

  return {
    directory,
    close: place.close,
    holds(edition) {
      const bundle = bundles.get(keyOf(edition));
      return (bundle?.sequence ?? -1) >= edition.sequence && place.holds(bundle!.path);
    },
    async put(edition, unpack) {
      const bundle = await claim(edition);
      const prepared = await place.prepare(bundle.path);
      try {
        await unpack(prepared);
      } catch (error) {
        await place.discard(bundle.path);
        throw error;
      }
      await place.commit(bundle.path);
      bundle.sequence = edition.sequence;
      await save();
      return bundle.path;
    },
  };
}

function keyOf({ publisher, name }: Pick<Edition, 'publisher' | 'name'>): string {
  return `${publisher} ${name}`;
}
