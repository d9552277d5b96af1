/** Bundles: a directory as a deterministic tar archive with a manifest of its files and their SHA-256. */

export { BundleError } from './error.js';
export { MANIFEST_PATH } from './manifest.js';
export {
  type BundleDirectory,
  type BundleEntry,
  type BundleFile,
  type PackOptions,
  packBundle,
} from './pack.js';
export { checkPath } from './path.js';
export { type BundleItem, type ReadOptions, readBundle } from './read.js';
