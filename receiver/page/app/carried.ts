import { fromBase64 } from '../../../codecs/bytes.js';
import {
  type CarriedFile,
  PageError,
  type PageSetting,
  parseSetting,
  SETTING_ID,
  setUpPage,
} from '../../../codecs/page/index.js';
import type { Carried, GivenFile } from '../worker/protocol.js';

/** What this page was made with, and itself to be passed on. */
export interface OwnPage {
  readonly setting: PageSetting;
  /** The script of the engine. */
  engine(): Blob;
  /** The files that it carries; they are taken out of the document, where they take memory. */
  takeFiles(): GivenFile[];
  /** The same page with these files in it. */
  withFiles(carried: Carried, language: PageSetting['language']): Blob;
}

/**
 * Reads the document before anything is shown in it.
 *
 * @throws PageError when the page was not set up, or is damaged
 */
export function readOwnPage(document: Document): OwnPage {
  const pieces = [...document.querySelectorAll<HTMLScriptElement>('script[data-file]')];
  const texts = pieces.map((piece) => {
    piece.remove();
    return { file: Number(piece.dataset.file), text: piece.text };
  });
  // turned into text when it is passed on: that takes longer than the first paint
  const own = document.documentElement.cloneNode(true) as HTMLElement;
  const setting = parseSetting(scriptText(document, SETTING_ID));
  return {
    setting,
    engine: () => new Blob([scriptText(document, 'engine')], { type: 'text/javascript' }),
    takeFiles: () => joinPieces(setting.files, texts.splice(0)),
    withFiles({ files, pieces }, language) {
      const text = `<!doctype html>\n${own.outerHTML}\n`;
      const { before, after } = setUpPage(text, { ...setting, language, files });
      return new Blob([before, pieces, after], { type: 'text/html' });
    },
  };
}

function scriptText(document: Document, id: string): string {
  const element = document.getElementById(id);
  if (element === null) throw new PageError('The page is damaged.');
  return element.textContent ?? '';
}

function joinPieces(
  files: readonly CarriedFile[],
  texts: readonly { file: number; text: string }[],
): GivenFile[] {
  const parts = files.map((): BlobPart[] => []);
  for (const { file, text } of texts) parts[file]?.push(fromBase64(text) as Uint8Array<ArrayBuffer>);
  return files.map(({ name }, i) => ({ name, content: new Blob(parts[i]) }));
}
