/** Editions: a directory as content-addressed parts, which are tar archives, and an index that lists them. */

export {
  type CutOptions,
  cutTree,
  type PartCut,
  type TreeDirectory,
  type TreeEntry,
  type TreeFile,
} from './cut.js';
export { EditionError } from './error.js';
export {
  decodeIndex,
  type EditionIndex,
  encodeIndex,
  type IndexLimits,
  type IndexPart,
  requireEdition,
} from './index-object.js';
export { MAX_NAMES_LENGTH } from './names.js';
export { archiveLength, packPart, type ReadFile } from './pack.js';
export { PART_CLASSES, type PartClass } from './part-class.js';
export { checkPath, foldPath, parentsOf } from './path.js';
export { type PartItem, type PartLimits, readPart } from './read.js';
export { DEFAULT_MAX_UNPACKED } from './receiver-limits.js';
export { dayOf, formatSequence, isDatedAhead, isPlausibleTime, timeOf, warnOfDate } from './sequence-time.js';
export { isPartFileName, isSignedFileName, partFileName, SIGNED_FILES, sumsText } from './signed-files.js';
