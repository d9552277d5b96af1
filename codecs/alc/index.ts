export { type AlcPacket, buildAlc, parseAlc } from './alc.js';
export { AlcError, LctError } from './error.js';
export {
  buildContentEncoding,
  buildFdtExtension,
  buildTime,
  type FdtContentEncoding,
  type FdtExtension,
  HET,
  parseContentEncoding,
  parseFdtExtension,
  parseTime,
  type TimeExtension,
} from './extensions.js';
export {
  buildLct,
  findExtension,
  type HeaderExtension,
  type LctFields,
  type LctHeader,
  MAX_LCT_HEADER_LENGTH,
  parseLct,
} from './lct.js';
