import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { promisify } from 'node:util';
import { formatAddress, isIpv6, parseAddress } from '../../net/index.js';

/** Milliseconds that ip(8) may take. */
const PATIENCE = 2000;

/** The first machine on the way to an address. */
export interface NextHop {
  readonly address: string;
  /** Name of the network interface. */
  readonly device: string;
}

/**
 * The first machine on the way to an address, when it does not answer ARP, or with IPv6 neighbour discovery: what is sent goes
 * nowhere, and the kernel reports no error.
 *
 * @returns undefined when it answers, is not asked (point to point, a permanent entry), or the system does not say
 */
export async function silentNextHop(address: string): Promise<NextHop | undefined> {
  if (isIpv6(address)) return silentNextHop6(address);
  try {
    const hop = nextHopIn(readFileSync('/proc/net/route', 'utf8'), address);
    return hop && isSilentIn(readFileSync('/proc/net/arp', 'utf8'), hop) ? hop : undefined;
  } catch {
    return undefined;
  }
}

/** The system has no file of the IPv6 neighbours: ip(8) asks the kernel. */
async function silentNextHop6(destination: string): Promise<NextHop | undefined> {
  const [address, zone] = destination.split('%');
  const by = zone === undefined ? [] : ['oif', zone];
  const route = await ip('route', 'get', address!, ...by);
  const device = / dev (\S+)/.exec(route)?.[1];
  if (device === undefined) return undefined;
  const hop = / via (\S+)/.exec(route)?.[1] ?? address!;
  return isSilentState(await ip('neigh', 'show', 'to', hop, 'dev', device))
    ? { address: hop, device }
    : undefined;
}

/** True for what ip-neighbour(8) says of a neighbour that did not answer. */
export function isSilentState(text: string): boolean {
  return /\b(?:FAILED|INCOMPLETE)\s*$/.test(text);
}

/** What `ip -6` prints; nothing where it is not installed or fails. */
async function ip(...args: readonly string[]): Promise<string> {
  const run = promisify(execFile)('ip', ['-6', ...args], { timeout: PATIENCE });
  return run.then(({ stdout }) => stdout).catch(() => '');
}

/** The longest prefix that fits in the table of proc(5): interface, destination, gateway, flags, ..., metric, mask. */
export function nextHopIn(table: string, address: string): NextHop | undefined {
  const wanted = numberOf(parseAddress(address));
  let best: { readonly mask: number; readonly metric: number; readonly hop: NextHop } | undefined;
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields.length < 8) continue;
    const [destination, gateway, mask] = [fields[1]!, fields[2]!, fields[7]!].map(networkNumber);
    const metric = Number(fields[6]);
    if ((wanted & mask!) >>> 0 !== destination) continue;
    if (best !== undefined && (mask! < best.mask || (mask === best.mask && metric >= best.metric))) continue;
    best = {
      mask: mask!,
      metric,
      hop: { address: gateway === 0 ? address : addressOf(gateway!), device: fields[0]! },
    };
  }
  return best?.hop;
}

/** Without ATF_COM the address of the hardware is not known (linux/if_arp.h). */
const ATF_COM = 0x02;

/** Looks into the table of proc(5): address, type, flags, hardware address, mask, interface. */
export function isSilentIn(table: string, { address, device }: NextHop): boolean {
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields[0] === address && fields.at(-1) === device) return (Number(fields[2]) & ATF_COM) === 0;
  }
  return false;
}

const numberOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);

function addressOf(number: number): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return formatAddress(bytes);
}

/** The kernel prints the bytes of an address as a number of the machine. */
function networkNumber(hex: string): number {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, Number.parseInt(hex, 16), endianness() === 'LE');
  return numberOf(bytes);
}
