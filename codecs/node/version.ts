import { createRequire } from 'node:module';

/** The version of this package, as its package.json says, for `--version`. */
export function packageVersion(): string {
  return createRequire(import.meta.url)('datacast/package.json').version;
}
