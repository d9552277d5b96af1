import { toBase64 } from '../../../codecs/bytes.js';
import { MAX_READ, mediaTypeOf, safeDocument, safePicture } from '../reader/index.js';

/** What a browser may take for a page when it is opened from the disk: a name without an ending, too. */
const ACTIVE = /^[^.]*$|\.[^.]*(ht|xm|xs|svg|rdf)[^.]*$/i;
const POLICY = "default-src 'none'; img-src data:";

interface SavedForm {
  readonly name: string;
  readonly content: Blob;
}

/**
 * A file as it may be opened from the disk, where its scripts would run and ask the network: of a page the document that is
 * shown, without what lies in other files; of a drawing a page that shows it; what else could be taken for a page as a text.
 *
 * @returns undefined: nothing of it may be shown
 */
export async function savedForm(file: Blob, path: string, language: string): Promise<SavedForm | undefined> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const type = mediaTypeOf(path);
  if (type === 'text/html') {
    const bytes = new Uint8Array(await file.slice(0, MAX_READ).arrayBuffer());
    const look = { textSize: 100, isDark: false, language };
    const { html, release } = await safeDocument({ path, bytes }, async () => undefined, look);
    release();
    return { name: /\.html?$/i.test(name) ? name : `${name}.html`, content: new Blob([html]) };
  }
  if (type !== 'image/svg+xml') return { name: ACTIVE.test(name) ? `${name}.txt` : name, content: file };
  const picture = await safePicture(file, type);
  if (picture === undefined) return undefined;
  const source = toBase64(new Uint8Array(await picture.blob.arrayBuffer()));
  const html = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${POLICY}"><img alt="" src="data:${type};base64,${source}">`;
  return { name: `${name}.html`, content: new Blob([html]) };
}
