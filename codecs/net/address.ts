import { PcapError } from '../pcap/error.js';

const MAX_ADDRESS_TEXT = 45;

/**
 * The 4 or 16 bytes of an IPv4 or IPv6 address (RFC 4291 section 2.2; no zone, no prefix length).
 *
 * @throws PcapError
 */
export function parseAddress(text: string): Uint8Array {
  const bytes =
    text.length > MAX_ADDRESS_TEXT ? undefined : text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  if (bytes === undefined) {
    throw new PcapError(
      `"${text.slice(0, MAX_ADDRESS_TEXT)}" is no IP address; give one such as 239.1.2.3 or ff15::1.`,
    );
  }
  return bytes;
}

/** The address in its canonical form (RFC 5952); undefined when the text is none. */
export function canonicalAddress(text: string): string | undefined {
  try {
    return formatAddress(parseAddress(text));
  } catch (error) {
    if (error instanceof PcapError) return undefined;
    throw error;
  }
}

/** Whether an address, as text, is one of IPv6. */
export function isIpv6(address: string): boolean {
  return address.includes(':');
}

/**
 * Whether an address is that of a multicast group: 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291 section 2.7).
 *
 * @throws PcapError when it is no address
 */
export function isMulticast(address: string): boolean {
  const bytes = parseAddress(address);
  return bytes.length === 4 ? bytes[0]! >> 4 === 0xe : bytes[0] === 0xff;
}

/**
 * Whether an address is that of an IPv6 group which exists once on each link: interface-local or link-local scope
 * (RFC 4291 section 2.7). Only together with an interface does it name a group.
 *
 * @throws PcapError when it is no address
 */
export function isGroupOfLink(address: string): boolean {
  const scope = parseAddress(address)[1]! & 0x0f;
  return isIpv6(address) && isMulticast(address) && (scope === 1 || scope === 2);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    // No leading zeroes: some readers take them for octal.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[i] = Number(part);
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const compressed = halves.length === 2;
  const head = parseGroups(halves[0]!, !compressed);
  const tail = compressed ? parseGroups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (compressed ? missing < 1 : missing !== 0) return undefined;
  const bytes = new Uint8Array(16);
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  for (const [i, group] of groups.entries()) {
    bytes[2 * i] = group >> 8;
    bytes[2 * i + 1] = group & 0xff;
  }
  return bytes;
}

/** The 16-bit groups of a run without `::`; an IPv4 address may stand at the end of the whole address. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const ipv4 = last && i === parts.length - 1 ? parseIpv4(part) : undefined;
    if (ipv4 === undefined) return undefined;
    groups.push((ipv4[0]! << 8) | ipv4[1]!, (ipv4[2]! << 8) | ipv4[3]!);
  }
  return groups;
}

/** The text of 4 or 16 address bytes; IPv6 in the canonical form of RFC 5952. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(groups: number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (i < groups.length && groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}
