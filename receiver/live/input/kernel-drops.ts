import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { isIpv6, parseAddress, type SocketAddress } from '../../../codecs/net/index.js';

/**
 * Datagrams that the kernel dropped because a socket's buffer was full, as /proc/net/udp counts them.
 *
 * @returns undefined where the system does not say, or when no socket is bound there
 */
export function kernelDrops(at: SocketAddress): number | undefined {
  try {
    return dropsIn(readFileSync(isIpv6(at.address) ? '/proc/net/udp6' : '/proc/net/udp', 'utf8'), at);
  } catch {
    return undefined;
  }
}

/**
 * Reads the table of proc(5): a line for each socket, its local address second and its drops last. Several sockets at the
 * same address are taken together.
 */
export function dropsIn(table: string, at: SocketAddress): number | undefined {
  const local = `${hexAddress(at.address)}:${at.port.toString(16).toUpperCase().padStart(4, '0')}`;
  let drops: number | undefined;
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields[1] === local) drops = (drops ?? 0) + Number(fields.at(-1));
  }
  return drops;
}

/** The kernel prints the words of an address as numbers of the machine. */
function hexAddress(address: string): string {
  const bytes = parseAddress(address);
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let text = '';
  for (let offset = 0; offset < bytes.length; offset += 4) {
    text += words
      .getUint32(offset, endianness() === 'LE')
      .toString(16)
      .toUpperCase()
      .padStart(8, '0');
  }
  return text;
}
