import { lstat, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { foldPath } from '../../codecs/edition/index.js';
import { fingerprint } from '../../codecs/minisign/index.js';
import { syncDirectory } from '../../codecs/node/atomic-file.js';
import { describeError } from '../../codecs/node/command.js';
import { safeName } from './file-name.js';

/** At the end of the name of a directory whose publisher is not trusted any more: people see it, and links to it end. */
export const MARK = '-NOT-TRUSTED';

/** Where the directory of a bundle stands. */
export interface MarkedPlace {
  /** Its name in the output directory. */
  readonly place: string;
  /** Why it has not the name that it should have, a sentence. */
  readonly problem?: string;
}

/** What stands in the output directory of a publisher who is not trusted any more. */
export interface UntrustedBundle extends MarkedPlace {
  /** Public key, hexadecimal. */
  readonly publisher: string;
  /** What its directory was called. */
  readonly path: string;
}

/** The directory of a bundle as long as nothing else is called so; no marked one is, whatever the name. */
export function bundlePath(name: string): string {
  const path = safeName(name) || 'bundle';
  return foldPath(path).endsWith(foldPath(MARK)) ? `${path}_` : path;
}

/**
 * Marks the directory of a bundle whose publisher is not trusted, and takes the mark from it when he is again. One rename:
 * a killed run has done it or has not.
 *
 * @param path what it is called without the mark
 */
export async function settleMark(output: string, path: string, isTrusted: boolean): Promise<MarkedPlace> {
  const marked = `${path}${MARK}`;
  const [from, to] = isTrusted ? [marked, path] : [path, marked];
  if (!(await isThere(join(output, from)))) return { place: to };
  // a publisher who is trusted never writes where the mark is
  const place = path;
  if (await isThere(join(output, to))) {
    return { place, problem: `${join(output, to)} stands there already: move one of the two away.` };
  }
  try {
    await rename(join(output, from), join(output, to));
    await syncDirectory(output);
    return { place: to };
  } catch (error) {
    return { place, problem: describeError(error) };
  }
}

/** A sentence for whoever runs the receiver. */
export function describeUntrusted(
  { publisher, path, place, problem }: UntrustedBundle,
  output: string,
): string {
  const what = `${join(output, place)} is of publisher ${fingerprint(publisher)}, whom --trust does not name any more`;
  const then = 'Nothing new of it is written. Remove it, or trust the publisher again';
  return problem === undefined
    ? `${what}: it was called ${path}, and no other bundle gets that name. ${then}; then it has its name back.`
    : `${what}, and it cannot be marked: ${problem} ${then}.`;
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
