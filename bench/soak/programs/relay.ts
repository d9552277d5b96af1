import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSocketAddress } from '../../../codecs/net/index.js';
import { kernelDrops } from '../../../receiver/live/index.js';
import type { RelayTally } from '../../live/relay.js';
import type { SoakContext } from '../context.js';
import type { Arrived } from '../pacing.js';

export interface SoakRelay {
  readonly address: string;
  /** Ends it; what it lost for each destination. */
  end(): Promise<readonly RelayTally[]>;
  /** Datagrams that the kernel dropped before it, by /proc/net/udp; undefined when that does not say. To be asked before it ends. */
  drops(): number | undefined;
  /** What arrived from the sender; to be asked when it has ended. */
  arrivals(): Arrived[];
}

export interface SoakRelayOptions {
  readonly to: readonly string[];
  readonly channel: string;
  readonly seed: number;
}

/** IPv4 and UDP. */
const HEADER_BYTES = 28;

export async function startRelay(context: SoakContext, options: SoakRelayOptions): Promise<SoakRelay> {
  const { to, channel, seed } = options;
  const arrivals = join(context.work, 'arrivals.txt');
  const child = context.addChild({
    name: 'relay',
    program: 'datacast-bench',
    args: () => [
      ...['relay', '--from', '127.0.0.1:0', ...to.flatMap((address) => ['--to', address])],
      ...['--channel', channel, '--seed', String(seed), '--arrivals', arrivals],
    ],
    onEvent: () => {},
  });
  child.start();
  const { listening } = await child.next('listening');
  return {
    address: String(listening),
    drops: () => kernelDrops(parseSocketAddress(String(listening))!),
    async end() {
      const relayed = child.next('relayed');
      const [{ relayed: tally }] = await Promise.all([relayed, child.end('SIGTERM')]);
      return tally as RelayTally[];
    },
    arrivals() {
      const lines = readFileSync(arrivals, 'utf8').split('\n').slice(0, -1);
      return lines.map((line) => {
        const [time, bytes] = line.split(' ').map(Number);
        return { time: time!, bytes: bytes! + HEADER_BYTES };
      });
    },
  };
}
