import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { openRecords } from '../../codecs/node/record-file.js';
import type { BundleName } from './bundle-state.js';
import { bundleRecord, isDirectoryName, type OutputDirectory, WORK_DIRECTORY } from './output-directory.js';

/** An output directory of an earlier run, or of a listener: new editions take the place of those in it. */
export interface StandingOutput {
  /** Where bundles stand. */
  readonly directory: string;
  /** What is known of them. */
  readonly work: string;
  /** Name of the only bundle in `directory` that is ours; undefined: all that `work` knows are. */
  readonly only: string | undefined;
}

/** Ending of the directory beside the output that has what is known of it: of one that is a bundle, of one that holds bundles. */
const ONE_BUNDLE = '.received';
const BUNDLES = '.received-bundles';

function recordBeside(target: string, ending: string): string {
  return join(dirname(target), `.${basename(target)}${ending}`);
}

/** What an earlier run has left at `out`; undefined where there is nothing, or something else. */
export async function findStandingOutput(out: string): Promise<StandingOutput | undefined> {
  const target = resolve(out);
  const standing = await readdir(target).catch((): string[] => []);
  if (standing.includes(WORK_DIRECTORY)) {
    return { directory: target, work: join(target, WORK_DIRECTORY), only: undefined };
  }
  for (const ending of [ONE_BUNDLE, BUNDLES]) {
    const work = recordBeside(target, ending);
    if ((await readdir(work).catch((): string[] => [])).length === 0) continue;
    if (standing.length > 0) {
      const isOne = ending === ONE_BUNDLE;
      return {
        directory: isOne ? dirname(target) : target,
        work,
        only: isOne ? basename(target) : undefined,
      };
    }
    // what it was about is gone
    await rm(work, { recursive: true, force: true });
  }
  return undefined;
}

/** Where a bundle went. */
interface Moved {
  readonly state: BundleName;
  /** Below the output, empty for the output itself; undefined: it was not written. */
  readonly path: string | undefined;
}

/**
 * Keeps what is known of bundles that were moved to `out`, so that the next run can put newer editions in their places.
 *
 * @param output where they stood, closed
 */
export async function keepRecord(
  output: Pick<OutputDirectory, 'directory'>,
  out: string,
  bundles: readonly Moved[],
): Promise<void> {
  const target = resolve(out);
  const work = join(output.directory, WORK_DIRECTORY);
  const isOne = bundles.some(({ path }) => path === '');
  const file = await openRecords(join(work, 'editions.json'), {
    shape: bundleRecord,
    loss: 'Without it the directory is not updated.',
    onDamage: () => {},
  });
  const moved = file.earlier.flatMap((bundle) => {
    const found = bundles.find(
      ({ state }) => state.publisher === bundle.publisher && state.name === bundle.name,
    );
    if (found?.path === undefined) return [];
    const path = isOne ? basename(target) : found.path;
    return isDirectoryName(path) ? [{ from: bundle.path, to: { ...bundle, path } }] : [];
  });
  if (moved.length === 0) return;
  const known = join(work, 'bundles');
  const before = join(work, 'bundles-before');
  await rename(known, before);
  await mkdir(known);
  for (const { from, to } of moved) await rename(join(before, from), join(known, to.path));
  await rm(before, { recursive: true });
  await file.save(moved.map(({ to }) => to));
  await rename(work, recordBeside(target, isOne ? ONE_BUNDLE : BUNDLES));
}
