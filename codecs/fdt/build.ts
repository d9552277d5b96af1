import { toBase64 } from '../bytes.js';
import { FdtError } from './error.js';
import { DATACAST_NAMESPACE, type Fdt, type FdtFile } from './fdt.js';
import { compactSignature } from './signature.js';
import { isXmlCharacter } from './xml.js';

/**
 * The XML of an FDT instance (RFC 6726 section 3.4.2). It is written without white space between the elements, and
 * what all files have alike stands in the table once: it has to fit in one datagram.
 *
 * @throws FdtError when a text holds a character that XML has no way to write, or the signature is not minisign's
 */
export function buildFdt(fdt: Fdt): string {
  const listed = fdt.files.map(fileAttributes);
  const shared = sharedAttributes(listed);
  const table = attributes([
    ['xmlns', fdt.namespace],
    ['xmlns:dc', fdt.files.some(hasOwnAttributes) ? DATACAST_NAMESPACE : undefined],
    ['Expires', fdt.expires],
    ['Complete', fdt.complete],
    ...shared,
  ]);
  const isShared = ([name]: Attribute) => shared.some(([other]) => other === name);
  const files = listed
    .map((file) => `<File${attributes(file.filter((attribute) => !isShared(attribute)))}/>`)
    .join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<FDT-Instance${table}>${files}</FDT-Instance>`;
}

type Attribute = readonly [name: string, value: string | number | boolean | undefined];

function fileAttributes(file: FdtFile): Attribute[] {
  return [
    ['TOI', file.toi],
    ['Content-Location', file.contentLocation],
    ['Content-Length', file.contentLength],
    ['Transfer-Length', file.transferLength],
    ['Content-Type', file.contentType],
    ['Content-Encoding', file.contentEncoding],
    ['Content-MD5', file.contentMd5 && toBase64(file.contentMd5)],
    ['FEC-OTI-FEC-Encoding-ID', file.fec.encodingId],
    ...Object.entries(file.fec.attributes),
    ['dc:SHA256', file.sha256 && toBase64(file.sha256)],
    ['dc:Sequence', file.sequence],
    ['dc:Signature', file.signature && compactSignature(file.signature)],
  ];
}

/** Attributes that count for every file of a table which has not its own (RFC 6726 section 3.4.2). */
const INHERITED = /^(?:Content-Type|Content-Encoding|FEC-OTI-.*)$/;

/** What all files of a table say alike: the table says it once. */
function sharedAttributes([first, ...others]: readonly Attribute[][]): Attribute[] {
  if (first === undefined || others.length === 0) return [];
  const isSaid =
    ([name, value]: Attribute) =>
    (file: Attribute[]) =>
      file.some(([other, same]) => other === name && same === value);
  return first.filter(
    (attribute) =>
      INHERITED.test(attribute[0]) && attribute[1] !== undefined && others.every(isSaid(attribute)),
  );
}

function hasOwnAttributes(file: FdtFile): boolean {
  return file.sha256 !== undefined || file.sequence !== undefined || file.signature !== undefined;
}

function attributes(list: readonly Attribute[]): string {
  let text = '';
  for (const [name, value] of list) {
    if (value !== undefined) text += ` ${name}="${escapeAttribute(name, String(value))}"`;
  }
  return text;
}

/** XML 1.0 section 2.3; white space other than blanks would not survive attribute normalisation. */
function escapeAttribute(name: string, value: string): string {
  for (const character of value) {
    if (!isXmlCharacter(character.codePointAt(0)!)) {
      const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      throw new FdtError(`The value of ${name} has the character U+${code}, which XML cannot hold.`);
    }
  }
  return value.replace(/[&<>"\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
