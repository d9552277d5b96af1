import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeLargeDirectory } from '../../fixtures/large-directory.js';
import type { Prng } from '../channel/index.js';
import { around } from './disturb.js';

/** A bundle of the channel. */
export interface SoakBundle {
  readonly name: string;
  readonly weight: number;
  /** Bytes of an edition, on average. */
  readonly bytes: number;
  /** Seconds of airtime that an edition takes at the bundle's share of the rate, without loss. */
  readonly seconds: number;
}

const BUNDLES = [
  { name: 'news', weight: 3, seconds: 4 },
  { name: 'weather', weight: 2, seconds: 2 },
  { name: 'library', weight: 1, seconds: 12 },
] as const;
/** Images do not compress: the size of the content is about that of the object. */
const IMAGE_SHARE = 0.9;
/** One image and one page. */
const LEAST_BYTES = 74_000;

/**
 * The bundles of a channel.
 *
 * @param rate bits per second
 * @param scale 1; less makes smaller editions
 */
export function soakBundles(rate: number, scale: number): SoakBundle[] {
  const weights = BUNDLES.reduce((sum, { weight }) => sum + weight, 0);
  return BUNDLES.map(({ name, weight, seconds }) => {
    const bytesPerSecond = (rate / 8) * (weight / weights);
    const bytes = Math.max(LEAST_BYTES, bytesPerSecond * seconds * scale);
    return { name, weight, bytes, seconds: bytes / bytesPerSecond };
  });
}

/** Makes an edition in a new directory, of half to one and a half times the usual size. */
export function makeEdition(directory: string, bundle: SoakBundle, number: number, random: Prng): void {
  mkdirSync(directory, { recursive: true });
  writeLargeDirectory(directory, around(bundle.bytes, random), random.below(2 ** 32), IMAGE_SHARE);
  writeFileSync(join(directory, 'edition.txt'), `${bundle.name} ${number}\n`);
  writeFileSync(join(directory, 'empty.txt'), '');
  mkdirSync(join(directory, 'no files'));
}

/** Puts a copy of an edition in the place of the one before it, as a whole. */
export function publish(edition: string, place: string): void {
  const next = `${place}.next`;
  const before = `${place}.before`;
  cpSync(edition, next, { recursive: true });
  rmSync(before, { recursive: true, force: true });
  try {
    renameSync(place, before);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  renameSync(next, place);
  rmSync(before, { recursive: true, force: true });
}
