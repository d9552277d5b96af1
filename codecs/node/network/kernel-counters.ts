import { readFileSync } from 'node:fs';

/** What the kernel counts of datagrams on their way in. */
export interface KernelCounters {
  /** Packets that it dropped since their sender is not reached by the interface they came by (rp_filter); IPv4 alone. */
  readonly reversePath: number;
  /** Datagrams that were damaged. */
  readonly damaged: number;
  /** Datagrams for which a buffer had no room. */
  readonly noRoom: number;
}

/** Those of this machine since it was started; undefined where the system does not say. @param family 4 or 6 */
export function kernelCounters(family: 4 | 6): KernelCounters | undefined {
  try {
    const of4 = parseCounterPairs(
      `${readFileSync('/proc/net/snmp', 'utf8')}${readFileSync('/proc/net/netstat', 'utf8')}`,
    );
    const reversePath = family === 4 ? (of4.get('TcpExt.IPReversePathFilter') ?? 0) : 0;
    if (family === 4) {
      return {
        reversePath,
        damaged: of4.get('Udp.InCsumErrors') ?? 0,
        noRoom: of4.get('Udp.RcvbufErrors') ?? 0,
      };
    }
    const of6 = parseCounterLines(readFileSync('/proc/net/snmp6', 'utf8'));
    return {
      reversePath,
      damaged: of6.get('Udp6InCsumErrors') ?? 0,
      noRoom: of6.get('Udp6RcvbufErrors') ?? 0,
    };
  } catch {
    return undefined;
  }
}

/** Tables of proc(5) in which a line of names stands before each line of numbers: `Udp.InErrors` and so on. */
export function parseCounterPairs(text: string): Map<string, number> {
  const counters = new Map<string, number>();
  const lines = text.split('\n');
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [group = '', ...names] = lines[i]!.split(' ');
    const [, ...values] = lines[i + 1]!.split(' ');
    for (const [j, name] of names.entries()) counters.set(`${group.slice(0, -1)}.${name}`, Number(values[j]));
  }
  return counters;
}

function parseCounterLines(text: string): Map<string, number> {
  return new Map(
    text.split('\n').map((line) => {
      const [name = '', value] = line.trim().split(/\s+/);
      return [name, Number(value)];
    }),
  );
}

/** Packets that an interface has received; undefined where the system does not say. */
export function receivedPackets(name: string): number | undefined {
  const packets = Number(read(`/sys/class/net/${name}/statistics/rx_packets`));
  return Number.isNaN(packets) ? undefined : packets;
}

/**
 * How strictly the kernel looks at senders of IPv4 packets that come by an interface: 0 not at all, 1 they must be reached by
 * it, 2 they must be reached. The larger one of two settings counts (networking/ip-sysctl).
 */
export function reversePathFilter(name: string): number | undefined {
  const values = ['all', name].map((each) => Number(read(`/proc/sys/net/ipv4/conf/${each}/rp_filter`)));
  return values.some(Number.isNaN) ? undefined : Math.max(...values);
}

/** IFF_MULTICAST of linux/if.h. */
const IFF_MULTICAST = 0x1000;

/** False when an interface is known to carry no multicast, as some tunnels do. */
export function carriesMulticast(name: string): boolean {
  const flags = Number(read(`/sys/class/net/${name}/flags`));
  return Number.isNaN(flags) || (flags & IFF_MULTICAST) !== 0;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return 'NaN';
  }
}
