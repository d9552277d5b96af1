import { BytesError, fromBase64, utf8Decode } from '../bytes.js';
import { parseDecimal } from '../decimal.js';
import { FdtError } from './error.js';
import { DATACAST_NAMESPACE, type Fdt, type FdtFec, type FdtFile } from './fdt.js';
import { expandSignature } from './signature.js';
import { parseXml, type XmlElement } from './xml.js';

export interface ParseFdtOptions {
  /** Bytes of XML that are accepted; 65,536 by default. */
  readonly maxSize?: number;
}

const DEFAULT_MAX_SIZE = 65_536;
const FEC_PREFIX = 'FEC-OTI-';
const FEC_ENCODING_ID = 'FEC-OTI-FEC-Encoding-ID';

/**
 * Parses an FDT instance (RFC 6726 section 3.4.2) of any namespace. Attributes of the table count for each file
 * that has not its own; attributes and elements of other standards are ignored.
 *
 * @param xml UTF-8, with or without a byte order mark; zero bytes at the end (padding of a symbol) are ignored
 * @throws FdtError
 */
export function parseFdt(xml: Uint8Array, options: ParseFdtOptions = {}): Fdt {
  const maxSize = options.maxSize ?? DEFAULT_MAX_SIZE;
  if (xml.length > maxSize) {
    throw new FdtError(`The FDT has ${xml.length} bytes; ${maxSize} are allowed.`);
  }
  const root = parseXml(decode(xml));
  if (root.name !== 'FDT-Instance') {
    throw new FdtError(`The FDT begins with the element ${root.name.slice(0, 40)} instead of FDT-Instance.`);
  }
  const expires = decimal(root, 'Expires', 2 ** 32 - 1);
  if (expires === undefined) throw new FdtError('The FDT lacks the attribute Expires.');

  const files: FdtFile[] = [];
  const seen = new Set<number>();
  for (const element of root.children) {
    if (element.name !== 'File' || element.namespace !== root.namespace) continue;
    const file = parseFile(element, root);
    if (seen.has(file.toi)) throw new FdtError(`The FDT has two files with TOI ${file.toi}.`);
    seen.add(file.toi);
    files.push(file);
  }
  const complete = boolean(root, 'Complete');
  return { namespace: root.namespace, expires, ...(complete !== undefined && { complete }), files };
}

function decode(xml: Uint8Array): string {
  let end = xml.length;
  while (end > 0 && xml[end - 1] === 0) end--;
  try {
    return utf8Decode(xml.subarray(0, end)).replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof BytesError) throw new FdtError('The FDT is not UTF-8 text.');
    throw error;
  }
}

function parseFile(file: XmlElement, table: XmlElement): FdtFile {
  const toi = decimal(file, 'TOI', Number.MAX_SAFE_INTEGER);
  if (toi === undefined || toi === 0) throw new FdtError('A file of the FDT lacks a TOI from 1 on.');
  const contentLocation = file.attributes.get('Content-Location');
  if (!contentLocation) throw new FdtError(`The FDT's file with TOI ${toi} lacks a Content-Location.`);

  const inherited = (name: string) => file.attributes.get(name) ?? table.attributes.get(name);
  const contentType = inherited('Content-Type');
  const contentEncoding = inherited('Content-Encoding');
  const contentLength = decimal(file, 'Content-Length', Number.MAX_SAFE_INTEGER);
  // RFC 6726 section 3.4.2: without content encoding the file is the transfer object.
  const transferLength =
    decimal(file, 'Transfer-Length', Number.MAX_SAFE_INTEGER) ??
    (contentEncoding === undefined ? contentLength : undefined);
  const contentMd5 = base64(file, 'Content-MD5', 16);
  const sha256 = base64(file, `{${DATACAST_NAMESPACE}}SHA256`, 32);
  const sequence = decimal(file, `{${DATACAST_NAMESPACE}}Sequence`, Number.MAX_SAFE_INTEGER);
  const signature = file.attributes.get(`{${DATACAST_NAMESPACE}}Signature`);
  return {
    toi,
    contentLocation,
    ...(contentType !== undefined && { contentType }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    ...(contentLength !== undefined && { contentLength }),
    ...(transferLength !== undefined && { transferLength }),
    ...(contentMd5 !== undefined && { contentMd5 }),
    fec: parseFec(file, table),
    ...(sha256 !== undefined && { sha256 }),
    ...(sequence !== undefined && { sequence }),
    ...(signature !== undefined && { signature: expandSignature(signature) }),
  };
}

/** RFC 6726 section 5.2. */
function parseFec(file: XmlElement, table: XmlElement): FdtFec {
  const attributes: Record<string, string> = {};
  for (const { attributes: written } of [table, file]) {
    for (const [name, value] of written) {
      if (name.startsWith(FEC_PREFIX) && name !== FEC_ENCODING_ID) attributes[name] = value;
    }
  }
  const encodingId = decimal(file, FEC_ENCODING_ID, 255) ?? decimal(table, FEC_ENCODING_ID, 255);
  return { ...(encodingId !== undefined && { encodingId }), attributes };
}

function decimal(element: XmlElement, name: string, max: number): number | undefined {
  const text = element.attributes.get(name);
  if (text === undefined) return undefined;
  const value = parseDecimal(text.trim(), max);
  if (value === undefined) throw wrongValue(name, text, `a whole number from 0 to ${max}`);
  return value;
}

/** xs:boolean. */
function boolean(element: XmlElement, name: string): boolean | undefined {
  const text = element.attributes.get(name);
  if (text === undefined) return undefined;
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw wrongValue(name, text, 'true or false');
}

function base64(element: XmlElement, name: string, byteLength: number): Uint8Array | undefined {
  const text = element.attributes.get(name);
  if (text === undefined) return undefined;
  let bytes: Uint8Array | undefined;
  try {
    bytes = fromBase64(text.trim());
  } catch (error) {
    if (!(error instanceof BytesError)) throw error;
  }
  if (bytes?.length !== byteLength) throw wrongValue(name, text, `base64 of ${byteLength} bytes`);
  return bytes;
}

function wrongValue(name: string, text: string, expected: string): FdtError {
  return new FdtError(`FDT attribute ${name}="${text.slice(0, 40)}" is not ${expected}.`);
}
