/** The page: a receiver in one HTML file, its setting, and the files that it carries. */

export { PageError } from './error.js';
export {
  type CarriedFile,
  LANGUAGES,
  type Language,
  type PageSetting,
  PIECE_BYTES,
  parseSetting,
  pieceText,
  SETTING_ID,
  setUpPage,
} from './page.js';
export { isPage, type Piece, readPieces } from './pieces.js';
