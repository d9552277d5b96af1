import type { SoakContext } from '../context.js';

/** A stranger who hears what the receivers hear. */
export interface SoakAdversary {
  /** Where he listens. */
  readonly address: string;
  /** Ends him; datagrams that he has sent to each receiver, by means. */
  end(): Promise<Readonly<Record<string, number>>>;
}

export interface SoakAdversaryOptions {
  /** The receivers. */
  readonly to: readonly string[];
  /** Bits per second. */
  readonly rate: number;
  readonly seed: number;
}

export async function startAdversary(
  context: SoakContext,
  { to, rate, seed }: SoakAdversaryOptions,
): Promise<SoakAdversary> {
  const child = context.addChild({
    name: 'adversary',
    program: 'datacast-bench',
    args: () => [
      ...['attack', '--from', '127.0.0.1:0', ...to.flatMap((address) => ['--to', address])],
      ...['--rate', String(rate), '--seed', String(seed)],
    ],
    onEvent: () => {},
  });
  child.start();
  const { listening } = await child.next('listening');
  return {
    address: String(listening),
    async end() {
      const attacked = child.next('attacked');
      const [event] = await Promise.all([attacked, child.end('SIGTERM')]);
      return event.attacked as Record<string, number>;
    },
  };
}
