import picomatch from 'picomatch';
import { EncodeError } from '../error.js';
import type { Content } from './walk.js';

/**
 * Which files a reader is to have first.
 *
 * @param patterns globs for paths in the bundle, like `index.html`, `news/*.html`, `images/**` or `style/*.css`; undefined
 *   when nobody chooses
 */
export function firstOf(patterns: readonly string[] | undefined): ((path: string) => boolean) | undefined {
  return (
    patterns &&
    picomatch(
      patterns.map((pattern) => pattern.normalize('NFC')),
      OPTIONS,
    )
  );
}

const OPTIONS = { dot: true, nonegate: true };

/** The same; every pattern has to match something. @throws EncodeError when one of them matches no file */
export function matchFirstFiles(
  patterns: readonly string[],
  { name, entries }: Pick<Content, 'name' | 'entries'>,
): (path: string) => boolean {
  for (const pattern of patterns) {
    const matches = firstOf([pattern])!;
    if (entries.some(({ kind, path }) => kind === 'file' && matches(path))) continue;
    throw new EncodeError(
      `No file of ${name} matches the pattern ${pattern}, which says what comes first. Patterns are for whole paths in it, like index.html, news/*.html or images/**.`,
    );
  }
  return firstOf(patterns)!;
}
