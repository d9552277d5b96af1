import { fromHex } from '../bytes.js';

/** Captures in formats that are not read here, by the first four bytes of the file. */
const FORMATS = new Map([
  // RFC 1761
  ['736e6f6f', 'of snoop'],
  ['52545353', 'of Microsoft Network Monitor'],
  ['474d4255', 'of Microsoft Network Monitor'],
  ['5452534e', 'of Sniffer'],
  ['58435000', 'of Sniffer'],
  // of either byte order
  ['34cdb2a1', 'in modified pcap'],
  ['a1b2cd34', 'in modified pcap'],
]);

/** The bytes as text, where they are nothing else. */
function asText(hex: string): string {
  const text = String.fromCharCode(...fromHex(hex));
  return /^[ -~]+$/.test(text) ? ` ("${text}")` : '';
}

/**
 * Why a file is no recording, in sentences.
 *
 * @param magic its first four bytes, hexadecimal
 */
export function explainForeignFile(magic: string): string {
  const format = FORMATS.get(magic);
  return format === undefined
    ? `Not a pcap recording, and no transport stream: the file begins with 0x${magic}${asText(magic)}.`
    : `The file is a capture ${format}, which is not read here. Wireshark converts it: editcap -F pcap FILE news.pcap`;
}
